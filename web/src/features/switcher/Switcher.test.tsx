import { screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { realtimeStore, type ConversationView } from '@/realtime';
import { answerCalls, show } from '../../../scripts/render';
import { Switcher } from './Switcher';

const nothing = realtimeStore.getState();
const at = '2026-11-24T10:00:00Z';

function group(id: string, title: string): ConversationView {
  return {
    id,
    kind: 'group',
    title,
    description: '',
    peerId: null,
    memberCount: 2,
    role: 'member',
    createdAt: at,
    rev: 1,
    seq: 0,
    readSeq: 0,
    unread: 0,
    mentions: 0,
    lastMessage: null,
    lastActivityAt: at,
  };
}

beforeEach(() => {
  answerCalls(() => ({ body: { users: [] } }));
  realtimeStore.setState({
    ...nothing,
    listReady: true,
    order: ['1', '2', '3'],
    conversations: { 1: group('1', 'Design'), 2: group('2', 'Анна и Борис'), 3: group('3', 'Budget') },
  });
});
afterEach(() => vi.unstubAllGlobals());

const names = () => screen.getAllByRole('option').map((option) => option.textContent);

test('it begins with the most recent chats', () => {
  show(<Switcher onClose={vi.fn()} onOpenChat={vi.fn()} />);
  expect(names()[0]).toContain('Design');
  expect(names()).toHaveLength(3);
});

test('words typed on the wrong layout are understood, and Enter goes there', async () => {
  const onOpenChat = vi.fn();
  const { user } = show(<Switcher onClose={vi.fn()} onOpenChat={onOpenChat} />);
  await user.keyboard('fyyf');
  await waitFor(() => expect(names()).toHaveLength(1));
  await user.keyboard('{Enter}');
  expect(onOpenChat).toHaveBeenCalledWith('2');
});

test('Esc closes it, also with something typed', async () => {
  const onClose = vi.fn();
  const { user } = show(<Switcher onClose={onClose} onOpenChat={vi.fn()} />);
  await user.keyboard('bud{Escape}');
  expect(onClose).toHaveBeenCalledOnce();
});
