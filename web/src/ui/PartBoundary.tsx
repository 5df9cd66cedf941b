import { Component, createContext, type ComponentType, type ReactNode } from 'react';
import { askAgain } from './lazyPart';

/** What stands in the place of a part that failed. The app gives it, with its texts. */
export const FailedPart = createContext<ComponentType<{ onRetry: () => void }>>(() => null);

interface Props {
  children: ReactNode;
  /** Around what is said, where the part would have brought its own frame. */
  frame?: (failed: ReactNode) => ReactNode;
}

/* A part that fails, most often because its file did not come, fails where it stands, and can be tried again there. */
export class PartBoundary extends Component<Props, { failed: boolean }> {
  static override contextType = FailedPart;
  declare context: ComponentType<{ onRetry: () => void }>;
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  private readonly retry = (): void => {
    askAgain();
    this.setState({ failed: false });
  };

  override render() {
    if (!this.state.failed) return this.props.children;
    const Failed = this.context;
    const failed = <Failed onRetry={this.retry} />;
    return this.props.frame?.(failed) ?? failed;
  }
}
