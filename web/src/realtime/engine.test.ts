// @vitest-environment node
/* Whatever the network and the server do: when all is quiet, the client knows what the server knows. */
import { expect, test } from 'vitest';
import { ApiError } from '@/api/errors';
import type { ConversationAnswer } from './conversation';
import { type Answer, Engine, type EnginePorts, type Question } from './engine';
import type { EventFrame, WelcomeFrame } from './frames';
import type { Ticket } from './jobs';
import { Random } from './testing/random';
import { type Frame, ME, membership, ServerModel, type Version } from './testing/serverModel';

const SEEDS = Number(process.env['SEEDS'] ?? 3000);
const FIRST_SEED = Number(process.env['SEED'] ?? 1);
const STEPS = 120;
const QUIET_ROUNDS_MAX = 300;

interface Asked {
  ticket: Ticket;
  question: Question;
  /** Set once the server has looked: the answer may be old when it arrives. */
  answer?: Answer | ApiError;
}

class World {
  readonly random: Random;
  readonly server: ServerModel;
  readonly engine: Engine;
  asked: Asked[] = [];
  timers: string[] = [];
  startedAnew = 0;
  /** Gateways of these versions stand side by side. During an upgrade nobody restores a backup. */
  gateways: readonly Version[];

  constructor(seed: number, gateways: readonly Version[]) {
    this.random = new Random(seed);
    this.gateways = gateways;
    this.server = new ServerModel(this.random);
    const ports: EnginePorts = {
      ask: (ticket, question) => this.asked.push({ ticket, question }),
      startTimer: (key) => this.timers.push(key),
      changed: () => undefined,
      removed: () => undefined,
      takenOut: () => undefined,
      startedAnew: (id) => {
        if (this.server.mine().some((log) => log.id === id)) this.startedAnew++;
      },
      profileChanged: () => undefined,
      applied: () => undefined,
      came: () => undefined,
      left: () => undefined,
      live: () => undefined,
    };
    this.engine = new Engine(ME, ports);
  }

  step(): void {
    const { random, server } = this;
    const log = random.pick([...server.logs.values()]);
    const dice = random.next();
    if (!log || dice < 0.03) server.create(random.pick(['group', 'direct', 'large'] as const));
    else if (dice < 0.3) server.message(log, random.pick(['a', 'b', ME]));
    else if (dice < 0.34) server.rename(log);
    else if (dice < 0.38) server.member(log);
    else if (dice < 0.41) server.comeOrGo(log);
    else if (dice < 0.45) server.read(log);
    else if (dice < 0.48) server.consume();
    else if (dice < 0.5) this.tell(log.id);
    else if (dice < 0.7) this.deliver(random.below(4), true);
    else if (dice < 0.82) this.answerOne(0.1);
    else if (dice < 0.87) this.fireTimer();
    else if (dice < 0.89) server.collapse();
    else if (dice < 0.91) this.focus();
    else if (dice < 0.95) this.disconnect();
    else if (dice < 0.952) server.backUp();
    else if (dice < 0.956 && this.gateways.length === 1) this.restore();
    else this.connect();
  }

  /** Says what has arrived; the answer may be lost. */
  tell(id: string): void {
    const { engine, server, random } = this;
    const log = server.logs.get(id);
    const conversation = engine.conversations.get(id);
    const seq = conversation?.arrived ?? 0;
    if (!log || !conversation || seq === 0 || !server.connected) return;
    const { entries } = conversation.log.tail;
    const here = new Set(entries.flatMap((entry) => (entry.kind === 'message' ? [entry.seq] : [])));
    here.add(conversation.view.lastMessage?.seq ?? 0);
    for (let each = server.known(log) + 1; each <= seq && !server.wasRestored; each++)
      expect(here, `message ${each} is here`).toContain(each);
    const known = server.markDelivered(log, seq);
    if (!random.chance(0.2)) conversation.tell(known);
  }

  deliver(count: number, badly: boolean): void {
    for (let i = 0; i < count && this.server.network.length > 0; i++) {
      const { network } = this.server;
      const at = badly && this.random.chance(0.15) ? this.random.below(network.length) : 0;
      const lost = badly && this.random.chance(0.06);
      const doubled = badly && this.random.chance(0.1);
      const frame = (doubled ? network[at] : network.splice(at, 1)[0]) as Frame;
      if (frame.type === 'event') this.server.delivered = Math.max(this.server.delivered, frame.n);
      // Only numbered frames can be missed; TCP loses none, so this stands for what a resume leaves out.
      if (lost && frame.type === 'event') continue;
      if (frame.type === 'event') this.engine.event(frame);
      else if (frame.type === 'gap') this.engine.gap(frame.conversation_id, frame.head_rev);
      else this.engine.heads(frame.heads);
    }
  }

  answerOne(failing: number): void {
    if (this.asked.length === 0) return;
    const asked = this.random.pick(this.asked);
    if (!asked.answer) {
      asked.answer = this.look(asked.question, failing);
      if (this.random.chance(0.4)) return;
    }
    this.asked.splice(this.asked.indexOf(asked), 1);
    if (asked.answer instanceof ApiError) this.engine.failed(asked.ticket, asked.answer);
    else this.engine.answered(asked.ticket, asked.answer);
  }

  private look(question: Question, failing: number): Answer | ApiError {
    if (this.random.chance(failing)) return new ApiError('unavailable', 'busy', true);
    try {
      return this.server.answer(question);
    } catch (thrown) {
      return ApiError.from(thrown);
    }
  }

  fireTimer(): void {
    if (this.timers.length === 0) return;
    const [key] = this.timers.splice(this.random.below(this.timers.length), 1);
    this.engine.timer(key as string);
  }

  focus(): void {
    const ids = [...this.server.logs.keys()].filter(() => this.random.chance(0.3));
    this.server.focused = new Set(ids);
    this.engine.focus(ids);
  }

  disconnect(): void {
    if (!this.server.connected) return;
    this.server.disconnect();
    this.engine.disconnected();
    // Some answers still arrive, from nowhere.
    this.asked = this.asked.filter(() => this.random.chance(0.2));
  }

  restore(): void {
    this.server.restore(this.random.chance(0.3));
    this.engine.disconnected();
    this.asked = [];
  }

  connect(): void {
    if (this.server.connected) return;
    this.server.comeTo(this.random.pick(this.gateways));
    const welcome = this.server.hello(this.engine.hello());
    if (!welcome) {
      this.engine.forgetSession();
      this.engine.helloRefused();
    } else if (this.engine.saidTooLittle(welcome)) {
      this.disconnect();
    } else {
      this.engine.welcome(welcome);
    }
  }

  /** No more changes: everything arrives, all timers fire, until nothing is left to do. */
  becomeQuiet(): void {
    for (let round = 0; round < QUIET_ROUNDS_MAX; round++) {
      this.connect();
      while (this.server.feedQueue.length > 0) this.server.consume();
      this.deliver(Infinity, false);
      while (this.asked.length > 0) this.answerOne(0);
      while (this.timers.length > 0) this.fireTimer();
      if (!this.server.connected || this.asked.length > 0 || this.server.network.length > 0) continue;
      if (!this.engine.misses(this.server.sent)) return;
      // A pong told that something was lost.
      this.disconnect();
    }
    throw new Error('never quiet');
  }

  check(): void {
    const { engine, server } = this;
    expect([...engine.conversations.keys()].sort()).toEqual(
      server
        .mine()
        .map((log) => log.id)
        .sort(),
    );
    expect(engine.feed.number).toBe(server.feed.length);

    for (const log of server.mine()) {
      const conversation = engine.conversations.get(log.id);
      for (let tries = 0; conversation?.arrived && tries < 50; tries++) this.tell(log.id);
      expect(conversation?.arrived, 'all is told').toBe(0);
      // Followed by name alone: a page of its past would have to be asked for.
      if (log.direct && conversation?.missed === 0 && !server.wasRestored) expect(server.known(log)).toBe(log.seq);
      if (!log.direct) expect(log.deliveredSeq).toBe(0);
      const view = conversation?.view;
      const head = server.head(log, true);
      expect(view).toMatchObject({ rev: head.rev, seq: head.seq });
      expect(view?.lastMessage ?? null).toEqual(head.last_message);
      const tail = conversation?.log.tail;
      const applied = log.changes.slice((tail?.lo ?? 0) - 1, tail?.hi);
      expect(tail?.entries.map((entry) => entry.rev)).toEqual(applied.map((change) => change.rev));
      expect(tail?.entries.flatMap((entry) => (entry.kind === 'message' ? [entry.message] : []))).toEqual(
        applied.flatMap((change) => (change.data.message ? [change.data.message] : [])),
      );
      // A large conversation that nobody looks at is counted, not followed.
      if (log.large && !server.focused.has(log.id)) continue;
      expect(tail?.hi).toBe(head.rev);
      if (server.wasRestored) expect(view?.readSeq).toBeGreaterThanOrEqual(head.read_seq);
      else expect(view).toMatchObject({ readSeq: head.read_seq, unread: head.unread });
      expect(view).toMatchObject({ title: log.title, memberCount: server.memberCount(log), role: 'member' });
    }
  }
}

function run(seed: number, gateways: readonly Version[]): void {
  const world = new World(seed, gateways);
  for (let step = 0; step < STEPS; step++) world.step();
  world.becomeQuiet();
  world.check();
  if (gateways.length === 1) return;
  for (const version of gateways) {
    world.disconnect();
    world.gateways = [version];
    world.becomeQuiet();
    world.check();
  }
  expect(world.startedAnew, 'logs that were taken for others').toBe(0);
}

test.each([
  ['', ['new']],
  ['with gateways of this version and of the one before, ', ['old', 'new']],
] as const)(`the client ends with the server's state, %s${SEEDS} times`, { timeout: 60_000 }, (_, gateways) => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    try {
      run(seed, gateways);
    } catch (failure) {
      throw new Error(`SEED=${seed} SEEDS=1 repeats it: ${String(failure)}`, { cause: failure });
    }
  }
});

// ---- single rules ----

interface Desk {
  engine: Engine;
  asked: Asked[];
  timers: [string, number][];
}

const meta = (title = 'old') =>
  ({ id: 'c', kind: 'GROUP', title, member_count: 2, role: 'MEMBER' }) as ConversationAnswer;
const head = (rev: number) => ({ rev, seq: 0, read_seq: 0, unread: 0, mentions: 0 });
const renamed = (rev: number, n = 0, at = '2026-01-01T00:00:00.000Z'): EventFrame => {
  const data = { conversation: { title: `title ${rev}`, description: '', actor_id: 'a' } };
  const frame = { type: 'event', scope: 'conversation', n, conversation_id: 'c', rev, tag: '', at } as const;
  return { ...frame, name: 'conversation.updated', data };
};
const left: EventFrame = {
  type: 'event',
  scope: 'feed',
  n: 9,
  name: 'conversation.left',
  urev: 1,
  tag: '',
  data: { membership: membership('c', 'MEMBER_ROLE_UNSPECIFIED') },
};

const welcome: Omit<WelcomeFrame, 'urev' | 'heads'> = {
  type: 'welcome',
  id: 1,
  session: 's',
  resumed: false,
  epoch: 'e',
  heartbeat_ms: 0,
  user_id: ME,
  diverged: [],
  feed_tag: '',
  feed_diverged: false,
  compares: true,
};

/* An engine that is connected and knows conversation c at rev 5. */
function desk(): Desk {
  const asked: Asked[] = [];
  const timers: [string, number][] = [];
  const nothing = () => undefined;
  const engine = new Engine(ME, {
    ask: (ticket, question) => asked.push({ ticket, question }),
    startTimer: (key, ms) => timers.push([key, ms]),
    changed: nothing,
    removed: nothing,
    takenOut: nothing,
    startedAnew: nothing,
    profileChanged: nothing,
    applied: nothing,
    came: nothing,
    left: nothing,
    live: nothing,
  });
  engine.welcome({ ...welcome, urev: 0, heads: {} });
  const list = asked.shift() as Asked;
  engine.answered(list.ticket, { kind: 'list', answer: { heads: { c: head(5) }, conversations: [meta()] } });
  return { engine, asked, timers };
}

test('what is ahead is held for 500 ms, then everything after L is asked for', () => {
  const { engine, asked, timers } = desk();
  engine.event(renamed(7));
  expect(asked).toEqual([]);
  expect(timers).toEqual([['hold c', 500]]);
  engine.timer('hold c');
  expect(asked.map(({ question }) => question)).toEqual([{ kind: 'sync', id: 'c', afterRev: 5, afterTag: '' }]);
});

test('what was held is applied as soon as the hole is filled, and nothing is asked', () => {
  const { engine, asked } = desk();
  engine.event(renamed(7));
  engine.event(renamed(6));
  engine.timer('hold c');
  expect(engine.conversations.get('c')?.view).toMatchObject({ rev: 7, title: 'title 7' });
  expect(asked.map(({ question }) => question.kind)).toEqual(['meta']);
});

test('a gap is asked for at once', () => {
  const { engine, asked } = desk();
  engine.gap('c', 9);
  expect(asked.map(({ question }) => question)).toEqual([{ kind: 'sync', id: 'c', afterRev: 5, afterTag: '' }]);
});

test('far behind, the conversation goes on from its head', () => {
  const { engine, asked } = desk();
  engine.gap('c', 5000);
  const [list] = asked as [Asked];
  expect(list.question).toEqual({ kind: 'list' });
  engine.answered(list.ticket, { kind: 'list', answer: { heads: { c: head(5000) }, conversations: [meta('new')] } });
  expect(engine.conversations.get('c')?.scope.number).toBe(5000);
  expect(engine.conversations.get('c')?.view.title).toBe('new');
});

test('a list that was read before one left does not bring the conversation back', () => {
  const { engine, asked } = desk();
  engine.wantList();
  engine.event(left);
  expect(engine.conversations.has('c')).toBe(false);
  const [list] = asked as [Asked];
  engine.answered(list.ticket, { kind: 'list', answer: { heads: { c: head(5) }, conversations: [meta()] } });
  expect(engine.conversations.has('c')).toBe(false);
});

test('another change with the newest number says that the log is another one: it is read anew', () => {
  const { engine, asked } = desk();
  engine.event({ ...renamed(6), tag: 'old' });
  asked.length = 0;
  engine.event({ ...renamed(6), tag: 'old' });
  expect(asked).toEqual([]);
  engine.event({ ...renamed(6), tag: 'new' });
  expect(engine.conversations.get('c')?.scope.number).toBe(0);
  expect(asked.map(({ question }) => question.kind)).toEqual(['list']);
  engine.event({ ...renamed(7), tag: 'next' });
  expect(engine.conversations.get('c')?.scope.number).toBe(0);
});

test('a hello that cannot speak of all conversations trusts the others only where they stand at the same change', () => {
  const { engine, asked } = desk();
  const ids = Array.from({ length: 1000 }, (_, i) => `c${i}`);
  const heads = Object.fromEntries(ids.map((id) => [id, { ...head(5), tag: 'five' }]));
  const conversations = ids.map((id) => ({ ...meta(), id }));
  engine.wantList();
  engine.answered((asked.shift() as Asked).ticket, { kind: 'list', answer: { heads, conversations } });
  engine.disconnected();
  expect(JSON.stringify(engine.hello()).length).toBeLessThan(6_500);
  const named = Object.keys(engine.hello().have ?? {});
  const [same, moved, far, other] = ids.filter((id) => !named.includes(id)) as [string, string, string, string];
  engine.welcome({
    ...welcome,
    urev: 0,
    heads: {
      [named[0] as string]: { ...head(7), tag: 'seven' },
      [same]: { ...head(5), tag: 'five' },
      [moved]: { ...head(7), tag: 'seven' },
      [far]: { ...head(700), tag: 'far' },
      [other]: { ...head(5), tag: 'other' },
    },
  });
  const numbers = [named[0] as string, same, moved, far, other].map((id) => engine.conversations.get(id)?.scope.number);
  expect(numbers).toEqual([5, 5, 5, 0, 0]);
  // The sync compares.
  const questions = asked.map(({ question }) => question);
  expect(questions).toContainEqual({ kind: 'sync', id: moved, afterRev: 5, afterTag: 'five' });
});

test('when many conversations moved of which hello did not speak, they start from their heads', () => {
  const { engine, asked } = desk();
  const ids = Array.from({ length: 1000 }, (_, i) => `c${i}`);
  const heads = Object.fromEntries(ids.map((id) => [id, { ...head(5), tag: 'five' }]));
  engine.wantList();
  const conversations = ids.map((id) => ({ ...meta(), id }));
  engine.answered((asked.shift() as Asked).ticket, { kind: 'list', answer: { heads, conversations } });
  engine.disconnected();
  const named = Object.keys(engine.hello().have ?? {});
  const others = ids.filter((id) => !named.includes(id)).slice(0, 20);
  engine.welcome({
    ...welcome,
    urev: 0,
    heads: Object.fromEntries(others.map((id) => [id, { ...head(6), tag: 'six' }])),
  });
  expect(others.map((id) => engine.conversations.get(id)?.scope.number)).toEqual(others.map(() => 0));
  expect(asked.map(({ question }) => question.kind)).toEqual(['list']);
});

test('a server that gives no tags is told numbers only', () => {
  const { engine } = desk();
  expect(engine.hello()).toEqual({ urev: 0, revs: { c: 5 }, resume: { session: 's', n: 0 } });
  engine.event({ ...renamed(6), tag: 'six' });
  expect(engine.hello()).toMatchObject({ have: { c: { rev: 6, tag: 'six' } } });
});

test('a hello that is refused for its tags is said without them, and with them to who compares', () => {
  const { engine, asked } = desk();
  engine.event({ ...renamed(6), tag: 'six' });
  asked.length = 0;
  engine.disconnected();
  engine.helloRefused();
  expect(engine.hello()).toMatchObject({ urev: 0, revs: { c: 6 } });
  expect(engine.hello()).not.toHaveProperty('have');
  expect(engine.hello()).not.toHaveProperty('feed_tag');

  const old = { ...welcome, urev: 0, compares: false, heads: { c: head(8) } };
  expect(engine.saidTooLittle(old)).toBe(false);
  engine.welcome(old);
  expect(asked.map(({ question }) => question)).toContainEqual({ kind: 'sync', id: 'c', afterRev: 6, afterTag: '' });

  const young = { ...welcome, urev: 0, heads: {} };
  engine.disconnected();
  expect(engine.saidTooLittle(young)).toBe(true);
  expect(engine.hello()).toMatchObject({ have: { c: { rev: 6, tag: 'six' } } });
  expect(engine.saidTooLittle(young)).toBe(false);
});

test('a hello that is refused without tags too had another fault: the next one has them again', () => {
  const { engine } = desk();
  engine.helloRefused();
  expect(engine.hello()).toHaveProperty('revs');
  engine.event({ ...renamed(6), tag: 'six' });
  expect(engine.hello()).toHaveProperty('have');
  engine.helloRefused();
  engine.helloRefused();
  expect(engine.hello()).toHaveProperty('have');
});

test('a change without its time comes by a sync', () => {
  const { engine, asked } = desk();
  engine.event(renamed(6, 1, ''));
  expect(engine.conversations.get('c')?.scope.number).toBe(5);
  expect(asked.map(({ question }) => question)).toEqual([{ kind: 'sync', id: 'c', afterRev: 5, afterTag: '' }]);
  expect(engine.misses(1)).toBe(false);
});

test('an answer of an older connection does not count', () => {
  const { engine, asked } = desk();
  engine.gap('c', 6);
  const [sync] = asked as [Asked];
  engine.disconnected();
  engine.answered(sync.ticket, { kind: 'sync', answer: { changes: [], toRev: 6, hasMore: false, reset: false } });
  expect(engine.conversations.get('c')?.scope.number).toBe(5);
});
