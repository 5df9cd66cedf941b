/* The lease that stands in for Web Locks: tabs with one storage, and events of their own. */
import { beforeEach, expect, test, vi } from 'vitest';
import { LEASE_MS, leaseLock, type WithLock } from './tokenLock';

/* What a tab writes, the others hear of. */
class Browser {
  private tabs: EventTarget[] = [];

  open(): { lock: WithLock; close: () => void } {
    const events = new EventTarget();
    this.tabs.push(events);
    const tell = (key: string) => {
      for (const tab of this.tabs) if (tab !== events) tab.dispatchEvent(new StorageEvent('storage', { key }));
    };
    const storage = {
      getItem: (key: string) => localStorage.getItem(key),
      setItem: (key: string, value: string) => (localStorage.setItem(key, value), tell(key)),
      removeItem: (key: string) => (localStorage.removeItem(key), tell(key)),
    };
    return {
      lock: leaseLock(storage as Storage, events),
      close: () => events.dispatchEvent(new Event('pagehide')),
    };
  }
}

let browser: Browser;
let log: string[];

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  browser = new Browser();
  log = [];
  return () => vi.useRealTimers();
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function work(name: string, ms = 100): () => Promise<string> {
  return async () => {
    log.push(`${name} begins`);
    await pause(ms);
    log.push(`${name} ends`);
    return name;
  };
}

test('of five tabs that want it at once each has it, one after another', async () => {
  const tabs = [0, 1, 2, 3, 4].map(() => browser.open());
  const all = Promise.all(tabs.map(({ lock }, at) => lock(work(`tab ${at}`))));
  await vi.runAllTimersAsync();
  expect((await all).toSorted()).toEqual(['tab 0', 'tab 1', 'tab 2', 'tab 3', 'tab 4']);
  for (let at = 0; at < log.length; at += 2) expect(log[at + 1]).toBe(log[at]?.replace('begins', 'ends'));
});

test('works of one tab come one after another, also when one fails', async () => {
  const { lock } = browser.open();
  const failing = lock(() => Promise.reject(new Error('no'))).catch((error: Error) => error.message);
  const all = Promise.all([lock(work('first')), failing, lock(work('second'))]);
  await vi.runAllTimersAsync();
  expect(await all).toEqual(['first', 'no', 'second']);
  expect(log).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
});

test('a page that goes in the middle of it gives it back', async () => {
  const one = browser.open();
  const two = browser.open();
  void one.lock(work('never to end', LEASE_MS));
  await vi.advanceTimersByTimeAsync(100);
  void two.lock(work('the other'));
  await vi.advanceTimersByTimeAsync(100);
  expect(log).toEqual(['never to end begins']);
  one.close();
  await vi.advanceTimersByTimeAsync(100);
  expect(log).toContain('the other begins');
});

test.each([
  ['a tab that died with it', () => JSON.stringify({ owner: 'dead', until: Date.now() + 5_000 }), 5_000],
  ['a clock that was set back', () => JSON.stringify({ owner: 'dead', until: Date.now() + 10 * LEASE_MS }), 0],
  ['what is no lease', () => 'x', 0],
])('%s does not hold it for ever', async (_label, stored, waitMs) => {
  localStorage.setItem('molva.renewing', stored());
  void browser.open().lock(work('mine'));
  await vi.advanceTimersByTimeAsync(waitMs);
  expect(log).toEqual([]);
  await vi.advanceTimersByTimeAsync(200);
  expect(log).toContain('mine begins');
});
