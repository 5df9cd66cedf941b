// @vitest-environment node
/* Paging back and forth, jumps and live changes: what is loaded is always a true and gapless piece of the log. */
import { expect, test } from 'vitest';
import { ApiError } from '@/api/errors';
import type { Call } from './answers';
import { Conversation, type ConversationAnswer, entryOf } from './conversation';
import type { Change } from './events';
import { Pages } from './pages';
import { Random } from './testing/random';
import { Timelines } from './timelines';
import type { Message, TimelineView } from './types';

const SEEDS = Number(process.env['SEEDS'] ?? 150);
const FIRST_SEED = Number(process.env['SEED'] ?? 1);
const STEPS = 60;

/* One conversation of the server, and a client that looks at it. */
class World {
  readonly random: Random;
  changes: Change[] = [];
  seq = 0;
  failing = 0;
  conversation: Conversation;
  timelines: Timelines;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.grow(this.random.below(400));
    const meta = { id: 'c', kind: 'GROUP', title: '', member_ids: [] } as unknown as ConversationAnswer;
    const readSeq = this.random.below(this.seq + 1);
    this.conversation = new Conversation('me', meta, { ...this.head(), read_seq: readSeq });
    const pages = new Pages('me', ((method, params) => this.call(method, params as never)) as Call);
    this.timelines = new Timelines(pages, {
      conversation: () => this.conversation,
      pending: () => [],
      changed: () => undefined,
      loaded: () => undefined,
    });
  }

  head() {
    return { rev: this.changes.length, seq: this.seq, read_seq: 0, unread: 0, mentions: 0 };
  }

  grow(count: number): void {
    for (let i = 0; i < count; i++) {
      const rev = this.changes.length + 1;
      const change: Change = {
        rev,
        tag: '',
        at: '',
        name: 'member.added',
        data: { member: { user_id: 'u', role: 'MEMBER', actor_id: 'a', since_seq: 0 } },
      };
      if (this.random.chance(0.2)) this.changes.push(change);
      else this.changes.push({ rev, tag: '', at: '', name: 'message.created', data: { message: this.message(rev) } });
    }
  }

  private message(rev: number): Message {
    const seq = ++this.seq;
    const id = `m${seq}`;
    return {
      id,
      conversation_id: 'c',
      seq,
      rev,
      sender_id: 'a',
      client_id: id,
      text: id,
      created_at: '',
    };
  }

  private async call(method: string, params: Record<string, number>): Promise<unknown> {
    await Promise.resolve();
    if (this.random.chance(this.failing)) throw new ApiError('unavailable', 'busy', true);
    return method === 'message.Sync' ? this.sync(params) : this.history(params);
  }

  private sync({ after_rev: after = 0, limit = 200 }: Record<string, number>) {
    const changes = this.changes.slice(after, after + Math.min(limit, 20 + this.random.below(40)));
    const toRev = changes.at(-1)?.rev ?? after;
    const wire = changes.map(({ at, ...change }) => ({ ...change, created_at: at }));
    return { changes: wire, to_rev: toRev, has_more: toRev < this.changes.length, reset: false };
  }

  private history({ before_seq: before, after_seq: after, around_seq: around, limit = 50 }: Record<string, number>) {
    const all = this.changes.flatMap((change) => change.data.message ?? []);
    if (after !== undefined) return { messages: all.slice(after, after + limit), has_more: all.length > after + limit };
    const end =
      around !== undefined ? Math.min(all.length, around + Math.floor(limit / 2)) : (before || all.length + 1) - 1;
    const begin = Math.max(0, end - limit);
    return { messages: all.slice(begin, end), has_more: begin > 0 };
  }

  async step(): Promise<void> {
    const { random, timelines } = this;
    const dice = random.next();
    this.failing = random.chance(0.2) ? 0.5 : 0;
    if (dice < 0.15) await timelines.open('c');
    else if (dice < 0.35) await timelines.loadOlder('c');
    else if (dice < 0.5) await timelines.loadNewer('c');
    else if (dice < 0.6) await timelines.jumpTo('c', 1 + random.below(this.seq + 3));
    else if (dice < 0.65) await timelines.jumpToEnd('c');
    else if (dice < 0.7)
      await Promise.all([timelines.loadOlder('c'), timelines.jumpTo('c', 1 + random.below(this.seq + 1))]);
    else if (dice < 0.85) this.live();
    else if (dice < 0.9) this.skip();
    else if (dice < 0.92) this.conversation.log.trim(1 + random.below(30));
    this.look();
  }

  /* Changes arrive one by one. */
  live(): void {
    const from = this.conversation.scope.number;
    if (from === this.changes.length) this.grow(1 + this.random.below(5));
    for (const change of this.changes.slice(from))
      this.conversation.apply(this.conversation.scope.offer(change.rev, change));
  }

  /* Far behind: the end moves on without what lies between. */
  skip(): void {
    this.grow(1 + this.random.below(300));
    this.conversation.apply(this.conversation.skipTo(this.head()));
  }

  look(): TimelineView | null {
    const view = this.timelines.build('c');
    if (!view || view.entries.length === 0) return view;
    const first = view.entries[0]?.kind === 'pending' ? 0 : (view.entries[0]?.rev ?? 0);
    // One comparison of keys: thousands of deep ones would take minutes.
    const wanted = this.changes.slice(first - 1, first - 1 + view.entries.length);
    expect(view.entries.map((entry) => entry.key).join(' ')).toBe(
      wanted.map((change) => entryOf(change, 'me')?.key).join(' '),
    );
    expect(view.hasOlder).toBe(first > 1);
    if (!view.hasNewer) expect(wanted.at(-1)?.rev).toBe(this.conversation.scope.number);
    return view;
  }
}

test(`what is shown is a true piece of the log, ${SEEDS} times`, { timeout: 60_000 }, async () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    const world = new World(seed);
    try {
      for (let step = 0; step < STEPS; step++) await world.step();

      // In the end one can scroll from the first change to the last.
      world.failing = 0;
      await world.timelines.open('c');
      while (world.look()?.hasOlder) await world.timelines.loadOlder('c');
      while (world.look()?.hasNewer) await world.timelines.loadNewer('c');
      expect(world.look()?.entries.length).toBe(world.changes.length);
    } catch (failure) {
      throw new Error(`SEED=${seed} SEEDS=1 repeats it: ${String(failure)}`, { cause: failure });
    }
  }
});

async function opened(setUp: (world: World) => void): Promise<World> {
  const world = new World(7);
  world.changes = [];
  world.seq = 0;
  setUp(world);
  const meta = { id: 'c', kind: 'GROUP', title: '', member_ids: [] } as unknown as ConversationAnswer;
  world.conversation = new Conversation('me', meta, { ...world.head(), read_seq: 40 });
  await world.timelines.open('c');
  return world;
}

test('a few unread messages are opened together with the end', async () => {
  const world = await opened((one) => one.grow(100));
  const view = world.look();
  expect(view?.hasNewer).toBe(false);
  expect(view?.entries.some((entry) => entry.kind === 'message' && entry.seq === 40)).toBe(true);
});

test('very many unread messages are opened where reading stopped', async () => {
  const world = await opened((one) => one.grow(1000));
  const view = world.look();
  expect(view?.hasNewer).toBe(true);
  expect(view?.entries.some((entry) => entry.kind === 'message' && entry.seq === 41)).toBe(true);
});

test('a jump to a message that is not there says so', async () => {
  const world = await opened((one) => one.grow(100));
  expect(await world.timelines.jumpTo('c', 5000)).toBe('missing');
  expect(await world.timelines.jumpTo('c', 2)).toBe('ok');
});

test('a page that failed can be asked for again', async () => {
  const world = await opened((one) => one.grow(300));
  world.failing = 1;
  await world.timelines.loadOlder('c');
  expect(world.look()?.older).toBe('failed');
  world.failing = 0;
  await world.timelines.loadOlder('c');
  expect(world.look()?.older).toBe('idle');
});

test('when the end moves on unseen, the reader stays where they were', async () => {
  const world = await opened((one) => one.grow(60));
  const before = world.look()?.entries.at(-1);
  world.skip();
  const view = world.look();
  expect(view?.entries.at(-1)).toBe(before);
  expect(view?.hasNewer).toBe(true);
});

test('a jump changes the stretch, growing does not', async () => {
  const world = await opened((one) => one.grow(600));
  const stretch = world.look()?.stretch ?? -1;
  await world.timelines.loadOlder('c');
  expect(world.look()?.stretch).toBe(stretch);
  await world.timelines.jumpTo('c', 400);
  expect(world.look()?.stretch).toBe(stretch + 1);
});
