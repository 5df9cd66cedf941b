/* Messages on their way out: in the database before the request leaves, sent in order per conversation, and gone only when
 * the server has them. Exactly one tab sends: who holds the leader's lock. The same client_id makes every retry safe. */
import { ApiError } from '@/api/errors';
import type { Database, OutboxRow } from './database';
import { uuid7 } from './ids';
import type { Message } from './types';

export interface OutboxPorts {
  /** The conversation to send to: another one where it was only begun here, and is made now. Throws ApiError. */
  address(conversationId: string): Promise<string>;
  /** Throws ApiError. */
  send(conversationId: string, clientId: string, text: string): Promise<Message>;
  /** The server has it. */
  sent(message: Message): void;
  /** Rows of this conversation changed. */
  changed(conversationId: string): void;
  /** Tells the other tabs to look into the database. */
  tellTabs(): unknown;
}

const BACKOFF_MIN_MS = 500;
const BACKOFF_MAX_MS = 30_000;
/* A fault of the server that does not go away is shown after this many tries; a network that is away is waited for. */
const FAULTS_MAX = 6;
const patient = new Set(['offline', 'timeout', 'unavailable', 'rate_limited', 'unauthenticated', 'cancelled']);

/* In memory: `kept` once the database has it, or could not take it. */
interface Row extends OutboxRow {
  kept: boolean;
}

interface Lane {
  running: boolean;
  wake: () => void;
}

export class Outbox {
  private db: Database;
  private ports: OutboxPorts;
  private rows: Row[] = [];
  /* Sent or taken back, while an older look into the database may still bring them. */
  private gone = new Set<string>();
  private reloading: Promise<void> = Promise.resolve();
  private lanes = new Map<string, Lane>();
  private sending = false;

  constructor(db: Database, ports: OutboxPorts) {
    this.db = db;
    this.ports = ports;
  }

  /** Rows of a conversation, in order. */
  of(conversationId: string): readonly OutboxRow[] {
    return this.rows.filter((row) => row.conversationId === conversationId);
  }

  /** Reads what other tabs changed. */
  reload(): Promise<void> {
    this.reloading = this.reloading.then(() => this.readAll());
    return this.reloading;
  }

  private async readAll(): Promise<void> {
    const stored = await this.db.getAll('outbox').catch(() => null);
    // The page goes away, and the database with it.
    if (!stored) return;
    const ids = new Set(stored.map((row) => row.clientId));
    const unwritten = this.rows.filter((row) => row.ord === undefined && !ids.has(row.clientId));
    const before = this.rows;
    const kept = stored.filter((row) => !this.gone.has(row.clientId)).map((row) => ({ ...row, kept: true }));
    this.rows = [...kept, ...unwritten];
    for (const id of this.gone) if (!ids.has(id)) this.gone.delete(id);
    for (const id of new Set([...before, ...this.rows].map((row) => row.conversationId))) this.ports.changed(id);
    this.work();
  }

  /** Shows the row at once, keeps it in the database, then sends. Resolves when it is kept. */
  async add(conversationId: string, text: string): Promise<string> {
    const clientId = uuid7();
    const stored: OutboxRow = {
      clientId,
      conversationId,
      text,
      at: new Date().toISOString(),
      state: 'sending',
      error: null,
    };
    this.rows = [...this.rows, { ...stored, kept: false }];
    this.ports.changed(conversationId);
    // Keys are given in the order of the calls: that of the key presses. Without room on the disk it goes from memory.
    const ord = await this.db.add('outbox', stored).catch(() => undefined);
    const row = this.replace(clientId, { kept: true, ...(ord === undefined ? {} : { ord }) });
    // Made while it was being written.
    if (row && row.conversationId !== conversationId) await this.putAddress([row]);
    this.ports.tellTabs();
    this.work();
    return clientId;
  }

  /** All that waits for one conversation waits for another from now on. */
  readdress(from: string, to: string): void {
    const rows = this.rows.filter((row) => row.conversationId === from);
    if (rows.length === 0) return;
    const moved = rows.map((row): Row => ({ ...row, conversationId: to }));
    this.rows = this.rows.map((row) => moved.find(({ clientId }) => clientId === row.clientId) ?? row);
    this.ports.changed(from);
    this.ports.changed(to);
    void this.putAddress(moved).then(() => this.ports.tellTabs());
    this.work();
  }

  private async putAddress(rows: readonly Row[]): Promise<void> {
    const tx = this.db.transaction('outbox', 'readwrite');
    for (const { ord, conversationId } of rows) {
      const stored = ord === undefined ? undefined : await tx.store.get(ord);
      if (stored) await tx.store.put({ ...stored, conversationId });
    }
    // Without room on the disk it is made again with the next page, and found to be there.
    await tx.done.catch(() => undefined);
  }

  /** Sends a failed row again. */
  async retry(clientId: string): Promise<void> {
    await this.update(clientId, { state: 'sending', error: null });
    this.ports.tellTabs();
    this.work();
  }

  /** Takes a row back; returns its text, or null when there is none any more. */
  async discard(clientId: string): Promise<string | null> {
    const row = this.rows.find((one) => one.clientId === clientId);
    if (!row) return null;
    await this.remove(clientId);
    this.ports.tellTabs();
    return row.text;
  }

  /** The server has these: seen by an answer, an event or a sync. */
  confirm(messages: readonly Message[]): void {
    for (const { client_id: clientId } of messages) {
      if (this.rows.some((row) => row.clientId === clientId)) {
        // Should the database go first, the next page sends it again and hears that it is there.
        this.remove(clientId).then(
          () => this.ports.tellTabs(),
          () => undefined,
        );
      }
    }
  }

  /** This tab sends, from now on or no more. */
  setSending(sending: boolean): void {
    this.sending = sending;
    if (sending) this.work();
  }

  /** The network is back: pauses end. */
  wake(): void {
    for (const lane of this.lanes.values()) lane.wake();
    this.work();
  }

  private work(): void {
    if (!this.sending) return;
    for (const id of new Set(this.rows.map((row) => row.conversationId))) {
      const lane = this.lanes.get(id) ?? { running: false, wake: () => undefined };
      this.lanes.set(id, lane);
      if (lane.running) continue;
      lane.running = true;
      // Rejected when the database is closed under it: the next page goes on from there.
      this.run(id, lane)
        .catch(() => undefined)
        .finally(() => {
          lane.running = false;
        });
    }
  }

  private next(conversationId: string): Row | undefined {
    return this.rows.find((row) => row.conversationId === conversationId && row.state === 'sending');
  }

  private async run(conversationId: string, lane: Lane): Promise<void> {
    let faults = 0;
    let attempt = 0;
    for (;;) {
      const row = this.next(conversationId);
      // Not kept yet: whoever adds it calls again.
      if (!row?.kept || !this.sending) return;
      try {
        const address = await this.ports.address(conversationId);
        if (address !== conversationId) return this.readdress(conversationId, address);
        const message = await this.ports.send(conversationId, row.clientId, row.text);
        this.ports.sent(message);
        await this.remove(row.clientId);
        this.ports.tellTabs();
        faults = attempt = 0;
      } catch (thrown) {
        const error = ApiError.from(thrown);
        if (!patient.has(error.code)) faults++;
        if (!patient.has(error.code) && (!error.retryable || faults >= FAULTS_MAX)) {
          await this.update(row.clientId, { state: 'failed', error: error.code });
          this.ports.tellTabs();
          faults = attempt = 0;
        } else {
          await this.pause(lane, Math.max(error.retryAfterMs, backoff(attempt++)));
        }
      }
    }
  }

  private pause(lane: Lane, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      lane.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private replace(clientId: string, fields: Partial<Row>): Row | undefined {
    const row = this.rows.find((one) => one.clientId === clientId);
    if (!row) return undefined;
    const next = { ...row, ...fields };
    this.rows = this.rows.map((one) => (one === row ? next : one));
    return next;
  }

  private async update(clientId: string, fields: Partial<OutboxRow>): Promise<void> {
    const row = this.replace(clientId, fields);
    if (!row) return;
    this.ports.changed(row.conversationId);
    const tx = this.db.transaction('outbox', 'readwrite');
    const stored = row.ord === undefined ? undefined : await tx.store.get(row.ord);
    // Taken back in another tab meanwhile: it must not rise again.
    if (stored) await tx.store.put({ ...stored, ...fields });
    await tx.done;
  }

  private async remove(clientId: string): Promise<void> {
    this.gone.add(clientId);
    const row = this.rows.find((one) => one.clientId === clientId);
    if (row) {
      this.rows = this.rows.filter((one) => one !== row);
      this.ports.changed(row.conversationId);
    }
    const tx = this.db.transaction('outbox', 'readwrite');
    const key = await tx.store.index('clientId').getKey(clientId);
    if (key !== undefined) await tx.store.delete(key);
    await tx.done;
  }
}

function backoff(attempt: number): number {
  return (
    BACKOFF_MIN_MS + Math.random() * (Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** attempt) - BACKOFF_MIN_MS / 2)
  );
}
