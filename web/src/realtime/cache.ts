/* Keeps the engine's state in the database, a moment after it changed. Only the leading tab writes. */
import { type Database, saveState } from './database';
import type { Engine } from './engine';

const PAUSE_MS = 1_500;

export class Cache {
  private db: Database;
  private engine: Engine;
  private dirty = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private writing: Promise<void> = Promise.resolve();
  private leading = false;
  private urgent = false;

  constructor(db: Database, engine: Engine) {
    this.db = db;
    this.engine = engine;
  }

  changed(conversationId: string): void {
    this.dirty.add(conversationId);
    this.later();
  }

  /** A chat was opened: what it shows is to be there without a network too, even if the page goes in a moment. */
  opened(conversationId: string): void {
    this.dirty.add(conversationId);
    this.urgent = true;
    if (this.leading) void this.save();
  }

  setLeading(leading: boolean): void {
    this.leading = leading;
    if (this.urgent) void this.save();
    else this.later();
  }

  /** Resolves when everything is written. */
  async stop(): Promise<void> {
    const saved = this.save();
    this.leading = false;
    await saved;
  }

  /** Writes what changed, in one transaction. */
  save(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { epoch } = this.engine;
    if (this.leading && epoch !== null) {
      this.urgent = false;
      this.writing = this.writing.then(() => this.write(epoch));
    }
    return this.writing;
  }

  private async write(epoch: string): Promise<void> {
    const { engine } = this;
    const ids = [...this.dirty];
    this.dirty.clear();
    const changed = ids.flatMap((id) => engine.conversations.get(id)?.save() ?? []);
    const removed = ids.filter((id) => !engine.conversations.has(id));
    try {
      await saveState(this.db, { epoch, urev: engine.feed.number, feedTag: engine.feed.tag }, changed, removed);
    } catch {
      // No room, or the database went away. A cache that is behind does no harm: its numbers say so.
      for (const id of ids) this.dirty.add(id);
    }
  }

  private later(): void {
    if (!this.leading) return;
    this.timer ??= setTimeout(() => void this.save(), PAUSE_MS);
  }
}
