/* Tells a connection that is lost from one that is only replaced. */
import type { ConnectionView } from './types';

export const SHORT_LOSS_MS = 2_000;

export class Losses {
  private publish: (view: ConnectionView) => void;
  private last: Omit<ConnectionView, 'lost'> | null = null;
  private lost = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(publish: (view: ConnectionView) => void) {
    this.publish = publish;
  }

  /** What the socket says of itself. */
  take(view: Omit<ConnectionView, 'lost'>): void {
    this.last = view;
    if (view.downSince === null) {
      this.stop();
      this.lost = false;
    } else if (!this.lost) {
      this.timer ??= setTimeout(() => this.lose(), view.downSince + SHORT_LOSS_MS - Date.now());
    }
    this.publish({ ...view, lost: this.lost });
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private lose(): void {
    this.timer = undefined;
    this.lost = true;
    if (this.last) this.publish({ ...this.last, lost: true });
  }
}
