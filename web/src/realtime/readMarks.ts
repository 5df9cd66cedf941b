/* Tells the server how far the user has read: one call at a time per conversation, the newest position last. */

export interface ReadMarksPorts {
  /** Throws ApiError. */
  mark(conversationId: string, seq: number): Promise<unknown>;
}

export class ReadMarks {
  private ports: ReadMarksPorts;
  private wanted = new Map<string, number>();
  private running = new Set<string>();

  constructor(ports: ReadMarksPorts) {
    this.ports = ports;
  }

  mark(conversationId: string, seq: number): void {
    if ((this.wanted.get(conversationId) ?? 0) >= seq) return;
    this.wanted.set(conversationId, seq);
    void this.run(conversationId);
  }

  /** The connection is back: what could not be told is told now. */
  connected(): void {
    for (const id of this.wanted.keys()) void this.run(id);
  }

  private async run(conversationId: string): Promise<void> {
    if (this.running.has(conversationId)) return;
    this.running.add(conversationId);
    try {
      for (;;) {
        const seq = this.wanted.get(conversationId);
        if (seq === undefined) return;
        await this.ports.mark(conversationId, seq);
        if (this.wanted.get(conversationId) === seq) this.wanted.delete(conversationId);
      }
    } catch {
      // Kept in `wanted`: told with the next position or the next connection.
    } finally {
      this.running.delete(conversationId);
    }
  }
}
