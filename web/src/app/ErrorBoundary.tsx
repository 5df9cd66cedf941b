import { Trans, useLingui } from '@lingui/react/macro';
import { Component, type ReactNode } from 'react';
import { Button } from '@/ui/Button';
import { EmptyState } from '@/ui/EmptyState';
import { IconAlert } from '@/ui/icons';

interface Props {
  children: ReactNode;
  /** Another value lets it try again: the place one is at. */
  place?: string;
}

interface State {
  failed: boolean;
  place: string | undefined;
}

function Failure() {
  const { t } = useLingui();
  return (
    <EmptyState
      icon={<IconAlert size={28} />}
      title={t`Something broke here`}
      text={<Trans>It is not your fault. What you wrote is kept; reloading the page usually helps.</Trans>}
      action={
        <Button tone="primary" onPress={() => location.reload()}>
          <Trans>Reload</Trans>
        </Button>
      }
    />
  );
}

/* For a part of a dialog, or of the page. */
export function Unloaded({ onRetry }: { onRetry: () => void }) {
  const { t } = useLingui();
  return (
    <EmptyState
      icon={<IconAlert size={28} />}
      title={t`This did not load`}
      text={<Trans>Check the connection and try again.</Trans>}
      action={
        <Button tone="primary" onPress={onRetry}>
          <Trans>Try again</Trans>
        </Button>
      }
    />
  );
}

/* A fault of one part stays in it. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { failed: false, place: this.props.place };

  static getDerivedStateFromError(): Partial<State> {
    return { failed: true };
  }

  static getDerivedStateFromProps(props: Props, state: State): Partial<State> | null {
    return props.place === state.place ? null : { failed: false, place: props.place };
  }

  override render() {
    return this.state.failed ? <Failure /> : this.props.children;
  }
}
