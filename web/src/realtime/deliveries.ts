/* Tells the server what has arrived on this device, so that the sender sees it. One call at a time, and one a second for each
 * conversation: a list of chats full of new messages must not use up what the user may do. */

export interface DeliveriesPorts {
  /** Whether there is something to tell of this conversation, and to tell now. */
  wanted(conversationId: string): boolean;
  /** Throws ApiError; then nothing was told, and whatever arrives next tells it too. */
  tell(conversationId: string): Promise<void>;
}

/* What is read at once is told by its read position: the screens have this long to say so. */
export const PAUSE_MS = 150;
export const REST_MS = 1_000;

export class Deliveries {
  private ports: DeliveriesPorts;
  private due = new Set<string>();
  /* Told of a moment ago; whether something changed since. */
  private resting = new Map<string, boolean>();
  private waiting = false;

  constructor(ports: DeliveriesPorts) {
    this.ports = ports;
  }

  /** Something of it changed, or now is the time. */
  changed(id: string): void {
    if (this.resting.has(id)) {
      this.resting.set(id, true);
      return;
    }
    this.due.add(id);
    this.wait();
  }

  private wait(): void {
    if (this.waiting) return;
    this.waiting = true;
    setTimeout(() => void this.next(), PAUSE_MS);
  }

  private async next(): Promise<void> {
    for (const id of this.due) {
      this.due.delete(id);
      if (!this.ports.wanted(id)) continue;
      this.rest(id);
      await this.ports.tell(id).catch(() => undefined);
      break;
    }
    this.waiting = false;
    if (this.due.size > 0) this.wait();
  }

  private rest(id: string): void {
    this.resting.set(id, false);
    setTimeout(() => {
      const again = this.resting.get(id);
      this.resting.delete(id);
      if (again) this.changed(id);
    }, REST_MS);
  }
}
