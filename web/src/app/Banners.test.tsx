import { act, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { realtime, realtimeStore } from '@/realtime';
import { show } from '../../scripts/render';
import { ConnectionBanner } from './Banners';

beforeEach(() => vi.useFakeTimers({ shouldAdvanceTime: true }));
afterEach(() => {
  vi.useRealTimers();
  realtimeStore.setState({ connection: { status: 'online', downSince: null, retryAt: null } });
});

const lose = () =>
  act(() =>
    realtimeStore.setState({
      connection: { status: 'offline', downSince: Date.now(), retryAt: Date.now() + 10_000 },
    }),
  );

test('a short loss is not mentioned, a longer one is, with a way to try now', async () => {
  const tryNow = vi.spyOn(realtime, 'tryNow').mockImplementation(() => undefined);
  const { user } = show(<ConnectionBanner />);
  lose();
  act(() => void vi.advanceTimersByTime(1500));
  expect(screen.queryByText(/Waiting for the network/)).toBeNull();

  act(() => void vi.advanceTimersByTime(1500));
  expect(screen.getByText(/Waiting for the network/)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Try now' }));
  expect(tryNow).toHaveBeenCalledOnce();
});

test('it goes as soon as the connection is back', () => {
  show(<ConnectionBanner />);
  lose();
  act(() => void vi.advanceTimersByTime(3000));
  expect(screen.getByText(/Waiting for the network/)).toBeTruthy();
  act(() => realtimeStore.setState({ connection: { status: 'online', downSince: null, retryAt: null } }));
  expect(screen.queryByText(/Waiting for the network/)).toBeNull();
});
