import { describe, expect, test } from 'vitest';
import { buildRows, GROUP_GAP_MS, UNREAD_KEY, type Row, type RowEntry } from './rows';

const NOON = new Date(2026, 10, 24, 12).getTime();
const MINUTE = 60_000;

function message(seq: number, authorId: string, at: number): RowEntry {
  return { key: `m${String(seq)}`, kind: 'message', at, authorId, seq };
}

const all = { hasOlder: false, unreadAfter: null, selfId: 'me' };
const keys = (rows: Row[]) => rows.map((row) => row.key);

describe('rows of a timeline', () => {
  test('a day starts with its date, an author’s messages within five minutes stand together', () => {
    const rows = buildRows(
      [
        message(1, 'anna', NOON),
        message(2, 'anna', NOON + GROUP_GAP_MS),
        message(3, 'anna', NOON + 2 * GROUP_GAP_MS + 1),
        message(4, 'boris', NOON + 2 * GROUP_GAP_MS + 2),
        message(5, 'boris', NOON + 24 * 60 * MINUTE),
      ],
      all,
    );
    expect(keys(rows)).toEqual(['day:m1', 'm1', 'm2', 'm3', 'm4', 'day:m5', 'm5']);
    expect(rows.flatMap((row) => (row.type === 'message' ? [row.first] : []))).toEqual([true, false, true, true, true]);
  });

  test('midnight parts a group, even a minute apart', () => {
    const midnight = new Date(2026, 10, 25).getTime();
    const rows = buildRows([message(1, 'anna', midnight - 1), message(2, 'anna', midnight)], all);
    expect(keys(rows)).toEqual(['day:m1', 'm1', 'day:m2', 'm2']);
  });

  test('a system entry parts a group', () => {
    const joined: RowEntry = { key: 's', kind: 'system', at: NOON, authorId: 'anna', seq: 0 };
    const rows = buildRows([message(1, 'anna', NOON), joined, message(2, 'anna', NOON)], all);
    expect(rows.at(-1)).toMatchObject({ key: 'm2', first: true });
  });

  const line = (key: string, joins: string | null, at = NOON): RowEntry => ({
    key,
    kind: 'system',
    at,
    authorId: '',
    seq: 0,
    joins,
  });
  const lines = (rows: Row[]) =>
    rows.flatMap((row) => (row.type === 'system' ? [row.entries.map(({ key }) => key).join(' ')] : []));

  test('lines that say the same of several, one soon after the other, are one', () => {
    const entries = [
      line('a', 'added anna'),
      line('b', 'added anna', NOON + GROUP_GAP_MS),
      line('c', 'added anna', NOON + 2 * GROUP_GAP_MS + 1),
      line('d', 'added boris', NOON + 2 * GROUP_GAP_MS + 1),
      line('e', null, NOON + 2 * GROUP_GAP_MS + 1),
      line('f', null, NOON + 2 * GROUP_GAP_MS + 1),
    ];
    expect(lines(buildRows(entries, all))).toEqual(['a b', 'c', 'd', 'e', 'f']);
  });

  test('a line that grows keeps its name, and others stay the same objects', () => {
    const entries = [message(1, 'anna', NOON), line('a', 'added anna'), line('b', 'added anna')];
    const before = buildRows(entries, all);
    const same = buildRows([...entries], all, before);
    expect(same.at(-1)).toBe(before.at(-1));
    const after = buildRows([...entries, line('c', 'added anna')], all, before);
    expect(after.at(-1)).toMatchObject({ key: 'a' });
    expect(lines(after)).toEqual(['a b c']);
    expect(after[1]).toBe(before[1]);
  });

  test('the oldest line waits as a whole while there is more before it', () => {
    const entries = [line('a', 'added anna'), line('b', 'added anna'), message(1, 'anna', NOON)];
    expect(keys(buildRows(entries, { ...all, hasOlder: true }))).toEqual(['m1']);
    expect(lines(buildRows(entries.slice(0, 2), { ...all, hasOlder: true }))).toEqual(['b']);
  });

  test('the divider stands before the first unread message of somebody else', () => {
    const entries = [message(1, 'anna', NOON), message(2, 'me', NOON), message(3, 'anna', NOON)];
    const at = (unreadAfter: number) => keys(buildRows(entries, { ...all, unreadAfter }));
    expect(at(1)).toEqual(['day:m1', 'm1', 'm2', UNREAD_KEY, 'm3']);
    expect(at(0)).toEqual(['day:m1', UNREAD_KEY, 'm1', 'm2', 'm3']);
    expect(at(3)).toEqual(['day:m1', 'm1', 'm2', 'm3']);
  });

  test('a row that says the same stays the same object', () => {
    const entries = [message(1, 'anna', NOON), message(2, 'anna', NOON + 1)];
    const before = buildRows(entries, all);
    const after = buildRows([...entries, message(3, 'anna', NOON + 2)], all, before);
    before.forEach((row, index) => {
      expect(after[index]).toBe(row);
    });
  });
});

/* A small generator with a seed: a failure names the seed that shows it again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

function conversation(seed: number): RowEntry[] {
  const next = random(seed);
  let at = NOON;
  return Array.from({ length: 60 }, (_, index) => {
    at += Math.floor(next() * next() * 10 * 60 * MINUTE);
    const kind = next() < 0.1 ? 'system' : 'message';
    const authorId = ['me', 'anna', 'boris'][Math.floor(next() * 3)] ?? 'me';
    return { key: `k${String(index)}`, kind, at, authorId, seq: kind === 'message' ? index + 1 : 0 };
  });
}

describe.each(Array.from({ length: 40 }, (_, seed) => seed))('any conversation, seed %i', (seed) => {
  const entries = conversation(seed);
  const whole = buildRows(entries, all);

  test('an older page changes no row that is there', () => {
    const next = random(seed + 1000);
    for (let i = 0; i < 10; i++) {
      const cut = Math.floor(next() * entries.length);
      const part = buildRows(entries.slice(cut), { ...all, hasOlder: true });
      expect(whole.slice(whole.length - part.length)).toEqual(part);
    }
  });

  test('a new message changes no row that is there', () => {
    const part = buildRows(entries.slice(0, 30), all);
    expect(whole.slice(0, part.length)).toEqual(part);
  });

  test('every entry has one row, in its order, and keys are unique', () => {
    const shown = whole.flatMap((row) => ('entry' in row ? [row.entry] : []));
    expect(shown).toEqual(entries);
    expect(new Set(keys(whole)).size).toBe(whole.length);
  });
});
