import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { patiently } from './lazyPart';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a part that fails is asked for again', async () => {
  const load = vi.fn().mockRejectedValueOnce(new TypeError('gone')).mockResolvedValue('here');
  const loaded = patiently(load);
  await vi.runAllTimersAsync();
  await expect(loaded).resolves.toBe('here');
  expect(load).toHaveBeenCalledTimes(2);
});

test('a part that fails every time is given up', async () => {
  const load = vi.fn().mockRejectedValue(new TypeError('gone'));
  const loaded = expect(patiently(load)).rejects.toThrow('gone');
  await vi.runAllTimersAsync();
  await loaded;
  expect(load).toHaveBeenCalledTimes(3);
});
