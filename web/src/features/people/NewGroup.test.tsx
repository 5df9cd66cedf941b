import { act, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ApiError, sessionStore } from '@/api';
import { realtime } from '@/realtime';
import { closeToast, currentToasts } from '@/ui/toasts';
import { answerCalls, show } from '../../../scripts/render';
import { NewGroup } from './NewGroup';

beforeEach(() => {
  const times = { obtainedAt: Date.now(), expiresAt: Date.now() + 1e6 };
  localStorage.setItem('molva.tokens', JSON.stringify({ userId: 'Me', accessToken: 'a', refreshToken: 'r', ...times }));
  sessionStore.setState({ status: 'signed-in', userId: 'Me', account: null, reason: 'new' });
  const ann = { id: 'Ann', username: 'ann', display_name: 'Ann', about: '', closed: false };
  answerCalls(() => ({ body: { users: [ann], has_more: false } }));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  localStorage.clear();
  for (const { id } of currentToasts()) closeToast(id);
});

test('a group that could not be made is told, nothing typed is lost, and either button makes it, once', async () => {
  const refused = new ApiError('unavailable', 'the group service is away', true);
  const create = vi.spyOn(realtime, 'createGroup').mockRejectedValue(refused);
  const onCreated = vi.fn();
  const { user } = show(<NewGroup onClose={vi.fn()} onBack={vi.fn()} onCreated={onCreated} />);
  const title = screen.getByRole('textbox', { name: 'Name of the group' });
  const button = () => screen.getByRole('button', { name: 'Create with 1 person' });
  await user.type(title, ' Launch ');
  await user.click(await screen.findByRole('option', { name: /Ann/ }));

  await user.click(button());
  await vi.waitFor(() => expect(currentToasts()).toMatchObject([{ tone: 'error', action: { label: 'Try again' } }]));
  expect(onCreated).not.toHaveBeenCalled();
  expect(title).toHaveProperty('value', ' Launch ');

  await act(async () => currentToasts()[0]!.action!.run());
  expect(create).toHaveBeenCalledTimes(2);
  expect(currentToasts()).toHaveLength(1);

  create.mockResolvedValue({ id: 'made', refused: [] });
  await user.click(button());
  expect(create.mock.calls).toEqual(Array(3).fill(['Launch', ['Ann']]));
  expect(onCreated).toHaveBeenCalledExactlyOnceWith('made');
  expect(currentToasts()).toEqual([]);
});
