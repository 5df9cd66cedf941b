import { beforeEach, expect, test } from 'vitest';
import { deviceTokens, rememberDevice } from './devices';

beforeEach(() => localStorage.clear());

test('the newest token comes first, each is kept once, and the oldest goes', () => {
  for (const token of ['a', 'b', 'a', 'c', 'd', 'e', 'f', 'g', 'h', 'i']) rememberDevice(token);
  expect(deviceTokens()).toEqual(['i', 'h', 'g', 'f', 'e', 'd', 'c', 'a']);
});

test.each(['x', '{}', '[1,"a"]', '"a"'])('what is no list of tokens is left out: %s', (stored) => {
  localStorage.setItem('molva.devices', stored);
  expect(deviceTokens()).toEqual(stored.startsWith('[') ? ['a'] : []);
  rememberDevice('b');
  expect(deviceTokens()[0]).toBe('b');
});

test('where nothing can be kept, nothing breaks', () => {
  const full = {
    getItem: () => null,
    setItem: () => {
      throw new DOMException('full', 'QuotaExceededError');
    },
  };
  rememberDevice('a', full as unknown as Storage);
  expect(deviceTokens(full as unknown as Storage)).toEqual([]);
});
