/* Drafts: written with every change, one write at a time, the newest text last. What the screens other than the composer
 * show follows a moment later, so that a key press renders the composer alone. */
import type { Database } from './database';
import type { Draft } from './types';

export interface DraftsPorts {
  /** Publishes to the screens. */
  publish(conversationId: string, draft: Draft | undefined): void;
  tellTabs(conversationId: string): unknown;
}

const PUBLISH_MS = 400;

export class Drafts {
  private db: Database;
  private ports: DraftsPorts;
  private drafts = new Map<string, Draft>();
  /* Counts the changes made here. */
  private edits = 0;
  private unwritten = new Set<string>();
  private writing: Promise<void> | null = null;
  private unpublished = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(db: Database, ports: DraftsPorts) {
    this.db = db;
    this.ports = ports;
  }

  async load(): Promise<void> {
    for (const { conversationId, text, caret } of await this.db.getAll('drafts')) {
      if (this.unwritten.has(conversationId)) continue;
      this.drafts.set(conversationId, { text, caret });
      this.ports.publish(conversationId, { text, caret });
    }
  }

  get(conversationId: string): Draft | undefined {
    return this.drafts.get(conversationId);
  }

  /** Null or an empty text removes it, at once for all to see. */
  save(conversationId: string, draft: Draft | null): void {
    if (draft && draft.text !== '') this.drafts.set(conversationId, draft);
    else this.drafts.delete(conversationId);

    this.edits++;
    this.unwritten.add(conversationId);
    void this.write();

    this.unpublished.add(conversationId);
    clearTimeout(this.timer);
    if (this.drafts.has(conversationId)) this.timer = setTimeout(() => this.publish(), PUBLISH_MS);
    else this.publish();
  }

  /** What is typed there belongs here: the conversation that was begun is made. */
  move(from: string, to: string): void {
    const draft = this.drafts.get(from);
    if (!draft) return;
    const there = this.drafts.get(to);
    this.save(to, there ? { text: `${there.text}\n${draft.text}`, caret: there.text.length + 1 + draft.caret } : draft);
    this.save(from, null);
  }

  /** Another tab changed it. What is typed here meanwhile is newer. */
  async reload(conversationId: string): Promise<void> {
    await this.writing;
    const edits = this.edits;
    const stored = await this.db.get('drafts', conversationId).catch(() => null);
    if (stored === null || edits !== this.edits) return;
    const draft = stored && { text: stored.text, caret: stored.caret };
    if (draft) this.drafts.set(conversationId, draft);
    else this.drafts.delete(conversationId);
    this.ports.publish(conversationId, draft);
  }

  /** Resolves when everything is in the database. */
  async flush(): Promise<void> {
    this.publish();
    await this.write();
  }

  private publish(): void {
    clearTimeout(this.timer);
    for (const id of this.unpublished) this.ports.publish(id, this.drafts.get(id));
    this.unpublished.clear();
  }

  private write(): Promise<void> {
    this.writing ??= this.writeAll().finally(() => {
      this.writing = null;
    });
    return this.writing;
  }

  private async writeAll(): Promise<void> {
    while (this.unwritten.size > 0) {
      const ids = [...this.unwritten];
      this.unwritten.clear();
      await this.put(ids).catch(() => undefined);
      for (const id of ids) this.ports.tellTabs(id);
    }
  }

  private async put(ids: readonly string[]): Promise<void> {
    const tx = this.db.transaction('drafts', 'readwrite');
    for (const conversationId of ids) {
      const draft = this.drafts.get(conversationId);
      if (draft) void tx.store.put({ ...draft, conversationId });
      else void tx.store.delete(conversationId);
    }
    await tx.done;
  }
}
