import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Announcer, BURST_MS } from './announcer';

let said: string[];
let announcer: Announcer;

beforeEach(() => {
  vi.useFakeTimers();
  said = [];
  announcer = new Announcer({
    say: (text) => said.push(text),
    one: ({ author, text }) => `${author}: ${text}`,
    many: (count) => `${String(count)} new messages`,
  });
});
afterEach(() => {
  vi.useRealTimers();
});

const hello = { author: 'Anna', text: 'hello' };

test('a message is read out at once', () => {
  announcer.add(hello);
  expect(said).toEqual(['Anna: hello']);
});

test('a burst becomes a count', () => {
  for (let i = 0; i < 6; i++) announcer.add(hello);
  vi.advanceTimersByTime(BURST_MS);
  expect(said).toEqual(['Anna: hello', '5 new messages']);
});

test('one more within a second is still read out', () => {
  announcer.add(hello);
  announcer.add({ author: 'Boris', text: 'hi' });
  vi.advanceTimersByTime(BURST_MS);
  expect(said).toEqual(['Anna: hello', 'Boris: hi']);
});

test('a flood says a count each second and no more', () => {
  for (let i = 0; i < 50; i++) {
    announcer.add(hello);
    vi.advanceTimersByTime(100);
  }
  expect(said.length).toBeLessThanOrEqual(6);
});

test('nothing is said after one has left', () => {
  announcer.add(hello);
  announcer.add(hello);
  announcer.stop();
  vi.advanceTimersByTime(10 * BURST_MS);
  expect(said).toEqual(['Anna: hello']);
});
