/* Which of the open tabs sends, keeps the cache and plays the sound: the one that holds the lock. It goes to another when
 * the tab is closed or killed. */

export class Leader {
  private name: string;
  private onChange: (leader: boolean) => void;
  private release: (() => void) | null = null;
  private abort: AbortController | null = null;

  constructor(userId: string, onChange: (leader: boolean) => void) {
    this.name = `molva-leader-${userId}`;
    this.onChange = onChange;
  }

  start(): void {
    const { locks } = navigator as { locks?: LockManager };
    // Without a secure context there are no locks. Two senders do no harm: the server knows a message by its client_id.
    if (!locks) return this.onChange(true);

    const abort = new AbortController();
    this.abort = abort;
    const held = async () => {
      if (abort.signal.aborted) return;
      this.onChange(true);
      await new Promise<void>((resolve) => {
        this.release = resolve;
      });
    };
    // Rejected when it is not waited for any more.
    locks.request(this.name, { signal: abort.signal }, held).catch(() => undefined);
  }

  stop(): void {
    this.abort?.abort();
    this.release?.();
    this.release = this.abort = null;
  }
}
