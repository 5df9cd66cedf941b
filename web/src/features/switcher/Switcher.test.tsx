import { act, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sessionStore } from '@/api';
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
  const now = Date.now();
  localStorage.setItem(
    'molva.tokens',
    JSON.stringify({ userId: 'Me', accessToken: 'a', refreshToken: 'r', obtainedAt: now, expiresAt: now + 1e6 }),
  );
  sessionStore.setState({ status: 'signed-in', userId: 'Me', account: null, reason: 'new' });
  answerCalls(() => ({ body: { users: [] } }));
  realtimeStore.setState({
    ...nothing,
    listReady: true,
    order: ['1', '2', '3'],
    conversations: { 1: group('1', 'Design'), 2: group('2', 'Анна и Борис'), 3: group('3', 'Budget') },
  });
});
afterEach(() => vi.unstubAllGlobals());

const offer = { openId: null, visited: [], chatLine: (id: string) => <i>line of {id}</i>, chatMenu: () => null };
const names = () => screen.getAllByRole('option').map((option) => option.textContent);

/* Before the others: afterwards the results are loaded. */
test('what is typed before the results are here waits for them, Enter too', async () => {
  const onOpenChat = vi.fn();
  const { user } = show(<Switcher {...offer} onClose={vi.fn()} onOpenChat={onOpenChat} onInvite={vi.fn()} />);
  expect(screen.queryAllByRole('option')).toHaveLength(0);
  expect(document.activeElement).toBe(screen.getByRole('combobox'));
  await user.keyboard('{ArrowDown}{ArrowDown}{Enter}');
  await waitFor(() => expect(onOpenChat).toHaveBeenCalledWith('3'));
});

test('it begins with the most recent chats', () => {
  show(<Switcher {...offer} onClose={vi.fn()} onOpenChat={vi.fn()} onInvite={vi.fn()} />);
  expect(names()[0]).toContain('Design');
  expect(names()).toHaveLength(3);
});

test('where one was before comes first, what is open is not offered, and each chat has its line', () => {
  const there = { ...offer, openId: '1', visited: ['1', '3'] };
  const { unmount } = show(<Switcher {...there} onClose={vi.fn()} onOpenChat={vi.fn()} onInvite={vi.fn()} />);
  expect(names()).toEqual([expect.stringContaining('Budget'), expect.stringContaining('Анна и Борис')]);
  expect(names()[0]).toContain('line of 3');
  unmount();
  show(<Switcher {...there} openId={null} onClose={vi.fn()} onOpenChat={vi.fn()} onInvite={vi.fn()} />);
  expect(names()[0], 'from the settings, say').toContain('Design');
});

test('the people of this server follow, who has no chat yet; somebody who is not here can be invited', async () => {
  answerCalls(({ path }) => ({ body: { users: path.startsWith('/v1/people') ? [person(1), person(2)] : [] } }));
  const onInvite = vi.fn();
  const { user } = show(<Switcher {...offer} onClose={vi.fn()} onOpenChat={vi.fn()} onInvite={onInvite} />);
  await waitFor(() => expect(names()).toHaveLength(5));
  expect(names().slice(3)).toEqual([expect.stringContaining('Petra 1'), expect.stringContaining('Petra 2')]);
  await user.click(screen.getByRole('button', { name: 'Not here? Invite' }));
  expect(onInvite).toHaveBeenCalledOnce();
});

test('words typed on the wrong layout are understood, and Enter goes there', async () => {
  const onOpenChat = vi.fn();
  const { user } = show(<Switcher {...offer} onClose={vi.fn()} onOpenChat={onOpenChat} onInvite={vi.fn()} />);
  await user.keyboard('fyyf');
  await waitFor(() => expect(names()).toHaveLength(1));
  await user.keyboard('{Enter}');
  expect(onOpenChat).toHaveBeenCalledWith('2');
});

const person = (n: number) => ({ id: `p${n}`, username: `petra.${n}`, display_name: `Petra ${n}`, bio: '' });
const activeOption = () => {
  const id = screen.getByRole('combobox').getAttribute('aria-activedescendant');
  return id === null ? null : document.getElementById(id)?.textContent;
};

test('Enter opens the first result when no arrow chose another', async () => {
  const onOpenChat = vi.fn();
  const { user } = show(<Switcher {...offer} onClose={vi.fn()} onOpenChat={onOpenChat} onInvite={vi.fn()} />);
  await user.keyboard('{Enter}');
  expect(onOpenChat).toHaveBeenCalledWith('1');
});

test('the only result stays the active one under the arrows', async () => {
  const onOpenChat = vi.fn();
  const { user } = show(<Switcher {...offer} onClose={vi.fn()} onOpenChat={onOpenChat} onInvite={vi.fn()} />);
  await user.keyboard('budget');
  expect(names()).toHaveLength(1);
  await user.keyboard('{ArrowDown}{ArrowDown}{ArrowUp}{Enter}');
  expect(onOpenChat).toHaveBeenCalledWith('3');
});

test('results that come late leave the active one where it was chosen', async () => {
  let answer: ((people: unknown[]) => void) | undefined;
  vi.stubGlobal('fetch', async ({ url }: Request) => {
    const users = url.includes('/v1/people') ? [] : await new Promise((resolve) => (answer = resolve));
    return new Response(JSON.stringify({ users }), { headers: { 'content-type': 'application/json' } });
  });
  const onOpenChat = vi.fn();
  const { user } = show(<Switcher {...offer} onClose={vi.fn()} onOpenChat={onOpenChat} onInvite={vi.fn()} />);
  await user.keyboard('e');
  // The chat with oneself, which is not there yet, is offered behind those that are.
  await waitFor(() => expect(names()).toHaveLength(3));
  await user.keyboard('{ArrowDown}');
  expect(activeOption()).toContain('Budget');
  await waitFor(() => expect(answer).toBeDefined());
  answer?.([person(1), person(2)]);
  await waitFor(() => expect(names()).toHaveLength(5));
  /* A new message moves a chat to the top meanwhile. */
  act(() => {
    realtimeStore.setState({ order: ['3', '1', '2'] });
  });
  expect(names()[0]).toContain('Budget');
  expect(activeOption()).toContain('Budget');
  await user.keyboard('{Enter}');
  expect(onOpenChat).toHaveBeenCalledWith('3');
});

test('Enter waits for somebody to be found, and is forgotten with the words it was pressed for; no chat is made of it', async () => {
  const calls = answerCalls(({ path }) => ({ body: { users: /query=petra(&|$)/.test(path) ? [person(1)] : [] } }));
  const onOpenChat = vi.fn();
  const { user } = show(<Switcher {...offer} onClose={vi.fn()} onOpenChat={onOpenChat} onInvite={vi.fn()} />);
  await user.keyboard('petra{Enter}x');
  await screen.findByText('Nothing found');
  expect(onOpenChat).not.toHaveBeenCalled();
  await user.keyboard('{Backspace}{Enter}');
  await waitFor(() => expect(onOpenChat).toHaveBeenCalledWith('to:p1'));
  expect(calls.filter(({ method }) => method === 'POST')).toEqual([]);
});

test('a chosen result that is gone hands over to the first', async () => {
  const onOpenChat = vi.fn();
  const { user } = show(<Switcher {...offer} onClose={vi.fn()} onOpenChat={onOpenChat} onInvite={vi.fn()} />);
  await user.keyboard('{ArrowDown}{ArrowDown}');
  expect(activeOption()).toContain('Budget');
  act(() => {
    realtimeStore.setState({ order: ['1', '2'] });
  });
  expect(activeOption()).toContain('Design');
  await user.keyboard('{Enter}');
  expect(onOpenChat).toHaveBeenCalledWith('1');
});

test('Esc closes it, also with something typed', async () => {
  const onClose = vi.fn();
  const { user } = show(<Switcher {...offer} onClose={onClose} onOpenChat={vi.fn()} onInvite={vi.fn()} />);
  await user.keyboard('bud{Escape}');
  expect(onClose).toHaveBeenCalledOnce();
});
