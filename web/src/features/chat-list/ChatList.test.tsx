import { act, cleanup, screen, within } from '@testing-library/react';
import type { ReactNode } from 'react';
import { beforeEach, expect, test, vi } from 'vitest';
import { realtimeStore, type ConversationView, type Message, type User } from '@/realtime';
import { show } from '../../../scripts/render';
import { ChatList } from './ChatList';

const nothing = realtimeStore.getState();
const at = '2026-11-24T10:00:00Z';

function chat(id: string, change: Partial<ConversationView> = {}): ConversationView {
  return {
    id,
    kind: 'group',
    title: `Group ${id}`,
    description: '',
    peerId: null,
    memberCount: 3,
    role: 'member',
    createdAt: at,
    rev: 1,
    seq: 0,
    readSeq: 0,
    unread: 0,
    mentions: 0,
    lastMessage: null,
    lastActivityAt: at,
    ...change,
  };
}

const anna: User = { id: 'anna', username: 'anna', display_name: 'Анна', about: '', closed: false };

function message(text: string): Message {
  return { id: 'm', conversation_id: 'a', seq: 1, rev: 1, sender_id: 'anna', client_id: 'c', text, created_at: at };
}

function put(...chats: ConversationView[]): void {
  realtimeStore.setState({
    listReady: true,
    users: { anna },
    conversations: Object.fromEntries(chats.map((each) => [each.id, each])),
    order: chats.map((each) => each.id),
  });
}

function showList(openId: string | null = null, welcome: ReactNode = null) {
  const onNewChat = vi.fn();
  const pathOf = (id: string) => `/c/${id}`;
  const list = (
    <ChatList
      openId={openId}
      pathOf={pathOf}
      onOpen={vi.fn()}
      onNewChat={onNewChat}
      onSearch={vi.fn()}
      welcome={welcome}
      account={null}
    />
  );
  return { onNewChat, ...show(list) };
}

beforeEach(() => realtimeStore.setState(nothing, true));

test('until the list is known there are rows of its shape', () => {
  showList();
  expect(screen.getByRole('status', { name: 'Loading chats' })).toBeTruthy();
});

test('with no chats it shows the welcome, and beside one elsewhere offers nothing of its own', () => {
  put();
  showList();
  expect(screen.getByText('No chats yet')).toBeTruthy();
  expect(screen.getAllByRole('button').map((button) => button.getAttribute('aria-label'))).toEqual(['New chat', null]);
  cleanup();
  showList(null, <p>Welcome</p>);
  expect(screen.getByText('Welcome')).toBeTruthy();
  expect(screen.queryByText('No chats yet')).toBeNull();
});

test('a row says who wrote what, and how much is unread', () => {
  put(chat('a', { unread: 120, seq: 120, lastMessage: message('**Hello** there') }));
  showList();
  const row = screen.getByRole('row', { name: /Group a/ });
  expect(row.textContent).toContain('Анна: Hello there');
  expect(within(row).getByText('unread: 99+')).toBeTruthy();
});

test('a direct chat has the name of the other one', () => {
  put(chat('a', { kind: 'direct', title: '', peerId: 'anna' }));
  showList();
  expect(screen.getByRole('row', { name: /Анна/ })).toBeTruthy();
});

test('the open chat shows no badge and is marked as the current one', () => {
  put(chat('a', { unread: 3, seq: 3 }));
  showList('a');
  const row = screen.getByRole('row', { name: /Group a/ });
  expect(within(row).queryByText(/unread/)).toBeNull();
  expect(row.getAttribute('aria-current')).toBe('page');
});

test('a draft goes before the last message, and typing before both', () => {
  put(chat('a', { lastMessage: message('Hello') }));
  realtimeStore.setState({ drafts: { a: { text: 'as I was say', caret: 3 } } });
  showList();
  expect(screen.getByRole('row', { name: /Group a/ }).textContent).toContain('Draft: as I was say');

  act(() => realtimeStore.setState({ typing: { a: ['anna'] } }));
  expect(screen.getByRole('row', { name: /Group a/ }).textContent).toContain('Анна is typing…');
});

test('letters typed in the list go to the chat that begins with them', async () => {
  put(chat('a', { title: 'Apples' }), chat('b', { title: 'Bears' }), chat('c', { title: 'Cherries' }));
  const { user } = showList();
  await user.tab();
  while (document.activeElement?.getAttribute('role') !== 'row') await user.tab();
  await user.keyboard('ch');
  expect(document.activeElement?.textContent).toContain('Cherries');
});
