import { render } from '@testing-library/react';
import { Suspense } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { lazyPart, patiently } from './lazyPart';

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

test('a part that is there is drawn at once, without a gap in its place', async () => {
  const Part = lazyPart(
    async () => ({ Text: () => <p>here</p> }),
    (part) => part.Text,
  );
  await Part.preload();
  render(
    <Suspense fallback={<p>a gap</p>}>
      <Part />
    </Suspense>,
  );
  expect(document.body.textContent).toBe('here');
});
