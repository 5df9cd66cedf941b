// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Deliveries, PAUSE_MS, REST_MS } from './deliveries';

let told: string[];
let wanted: Set<string>;
let answer: () => Promise<void>;
let deliveries: Deliveries;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  wanted = new Set();
  answer = () => Promise.resolve();
  deliveries = new Deliveries({
    wanted: (id) => wanted.has(id),
    tell: (id) => {
      told.push(id);
      wanted.delete(id);
      return answer();
    },
  });
});
afterEach(() => vi.useRealTimers());

function arrives(...ids: string[]): void {
  for (const id of ids) {
    wanted.add(id);
    deliveries.changed(id);
  }
}

test('what arrives is told after a moment', async () => {
  arrives('a');
  await vi.advanceTimersByTimeAsync(PAUSE_MS - 1);
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(told).toEqual(['a']);
});

test('what is read in that moment is not told', async () => {
  arrives('a');
  wanted.delete('a');
  await vi.advanceTimersByTimeAsync(REST_MS);
  expect(told).toEqual([]);
});

test('of one conversation once a second, however much arrives, and the last of it too', async () => {
  const begin = Date.now();
  const at: number[] = [];
  answer = () => Promise.resolve(void at.push(Date.now() - begin));
  for (let ms = 0; ms < 3 * REST_MS; ms += 50) {
    arrives('a');
    await vi.advanceTimersByTimeAsync(50);
  }
  await vi.advanceTimersByTimeAsync(5 * REST_MS);
  expect(at.length).toBe(4);
  for (const [i, time] of at.entries()) expect(time - (at[i - 1] ?? -REST_MS)).toBeGreaterThanOrEqual(REST_MS);
  expect(wanted).toEqual(new Set());
});

test('one call at a time over all conversations, with a pause between', async () => {
  let release: () => void = () => undefined;
  answer = () => new Promise((resolve) => (release = resolve));
  arrives('a', 'b', 'c');
  await vi.advanceTimersByTimeAsync(3 * REST_MS);
  expect(told).toEqual(['a']);
  release();
  await vi.advanceTimersByTimeAsync(PAUSE_MS - 1);
  expect(told).toEqual(['a']);
  await vi.advanceTimersByTimeAsync(1);
  expect(told).toEqual(['a', 'b']);
  release();
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  expect(told).toEqual(['a', 'b', 'c']);
});

test('a call that fails is not repeated by itself; the next that arrives tells it too', async () => {
  answer = () => Promise.reject(new Error('refused'));
  arrives('a');
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  wanted.add('a');
  await vi.advanceTimersByTimeAsync(10 * REST_MS);
  expect(told).toEqual(['a']);
  deliveries.changed('a');
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  expect(told).toEqual(['a', 'a']);
});

test('what nobody wants to be told costs no time of the others', async () => {
  for (let i = 0; i < 100; i++) deliveries.changed(`quiet ${i}`);
  arrives('a');
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  expect(told).toEqual(['a']);
});
