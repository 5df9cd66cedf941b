import { act, screen } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { show } from '../../scripts/render';
import { ToastRegion } from './ToastRegion';
import { closeToast, currentToasts, showToast } from './toasts';

afterEach(() => {
  for (const { id } of currentToasts()) closeToast(id);
});

test('an error is an alert with its way out, and it waits for the user', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const run = vi.fn();
  const { user } = show(<ToastRegion label="Notices" closeLabel="Close" />);
  act(() => void showToast('No connection.', { tone: 'error', action: { label: 'Try again', run } }));

  act(() => void vi.advanceTimersByTime(60_000));
  expect(screen.getByRole('alert').textContent).toBe('No connection.');
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(run).toHaveBeenCalledOnce();
  expect(screen.queryByRole('alert')).toBeNull();
  vi.useRealTimers();
});

test('what only tells goes by itself, and is not stacked when said again', () => {
  vi.useFakeTimers();
  show(<ToastRegion label="Notices" closeLabel="Close" />);
  act(() => {
    showToast('Saved');
    showToast('Saved');
  });
  expect(screen.getAllByText('Saved')).toHaveLength(1);
  act(() => void vi.advanceTimersByTime(10_000));
  expect(screen.queryByText('Saved')).toBeNull();
  vi.useRealTimers();
});
