import { screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sessionStore } from '@/api';
import { realtimeStore, type ConversationView, type Role } from '@/realtime';
import { answerCalls, show, type Call } from '../../../scripts/render';
import { GroupDetails } from './GroupDetails';
import { byStanding, mayRemove, type MemberRole } from './rights';

const id = '01980c5e-7a3c-7c41-9d52-3f1f6a0b9c2e';

function group(role: Role): ConversationView {
  return {
    id,
    kind: 'group',
    title: 'Launch',
    description: 'All about it',
    peerId: null,
    memberCount: 3,
    role,
    createdAt: '2026-11-24T10:00:00Z',
    rev: 3,
    seq: 0,
    readSeq: 0,
    unread: 0,
    mentions: 0,
    lastMessage: null,
    lastActivityAt: '2026-11-24T10:00:00Z',
  };
}

const person = (name: string) => ({
  id: name,
  username: name.toLowerCase(),
  display_name: name,
  about: '',
  closed: false,
});
let calls: Call[];

beforeEach(() => {
  localStorage.setItem(
    'molva.tokens',
    JSON.stringify({
      userId: 'Me',
      accessToken: 'a',
      refreshToken: 'r',
      obtainedAt: Date.now(),
      expiresAt: Date.now() + 1e6,
    }),
  );
  sessionStore.setState({ status: 'signed-in', userId: 'Me', account: null, reason: 'new' });
  realtimeStore.setState({ users: { Me: person('Me'), Ann: person('Ann'), Bob: person('Bob') } });
  let members = [
    { user_id: 'Bob', role: 'MEMBER' },
    { user_id: 'Me', role: 'OWNER' },
    { user_id: 'Ann', role: 'ADMIN_MEMBER' },
  ];
  calls = answerCalls(({ method, path }) => {
    if (method === 'DELETE') members = members.filter((member) => !path.endsWith(member.user_id));
    return { body: method === 'GET' ? { members, has_more: false } : {} };
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  localStorage.clear();
});

function open(role: Role) {
  const onGone = vi.fn();
  return {
    onGone,
    ...show(<GroupDetails conversation={group(role)} addPeople={() => null} onOpenChat={vi.fn()} onGone={onGone} />),
  };
}

const items = () => screen.getAllByRole('menuitem').map((item) => item.textContent);

test('members stand by their role', async () => {
  open('member');
  const rows = within(await screen.findByRole('list', { name: 'Members' })).getAllByRole('listitem');
  expect(rows.map((row) => /Me|Ann|Bob/.exec(row.textContent ?? '')?.[0])).toEqual(['Me', 'Ann', 'Bob']);
});

describe('only what one may do is offered', () => {
  test('to a member', async () => {
    const { user } = open('member');
    await user.click(await screen.findByRole('button', { name: 'Actions for Bob' }));
    expect(items()).toEqual(['Profile', 'Write a message', 'Copy the name']);
    await user.keyboard('{Escape}');
    expect(screen.queryByRole('button', { name: 'Add people' })).toBeNull();
    expect(screen.queryByRole('button', { name: 'Edit' })).toBeNull();
    expect(screen.queryByRole('button', { name: 'Delete the group' })).toBeNull();
    expect(screen.getByRole('button', { name: 'Leave the group' })).toBeTruthy();
  });

  test('to an admin', async () => {
    const { user } = open('admin');
    await user.click(await screen.findByRole('button', { name: 'Actions for Bob' }));
    expect(items()).toEqual(['Profile', 'Write a message', 'Remove from the group', 'Copy the name']);
    await user.keyboard('{Escape}');
    await user.click(screen.getByRole('button', { name: 'Actions for Ann' }));
    expect(items()).toEqual(['Profile', 'Write a message', 'Copy the name']);
  });

  test('to the owner', async () => {
    const { user } = open('owner');
    await user.click(await screen.findByRole('button', { name: 'Actions for Ann' }));
    expect(items()).toEqual([
      'Profile',
      'Write a message',
      'Take admin rights away',
      'Make the owner',
      'Remove from the group',
      'Copy the name',
    ]);
  });
});

test('removing somebody is asked about first, and then done', async () => {
  const { user } = open('owner');
  await user.click(await screen.findByRole('button', { name: 'Actions for Bob' }));
  await user.click(screen.getByRole('menuitem', { name: 'Remove from the group' }));
  expect(calls.filter((call) => call.method === 'DELETE')).toEqual([]);
  await user.click(screen.getByRole('button', { name: 'Remove' }));
  expect(calls.find((call) => call.method === 'DELETE')?.path).toBe(`/v1/conversations/${id}/members/Bob`);

  // His row goes, and the focus to the one before it: there is none after.
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Actions for Ann' })));
  expect(screen.queryByRole('button', { name: 'Actions for Bob' })).toBeNull();
});

test('the name has to be typed before a group is deleted', async () => {
  const { user, onGone } = open('owner');
  await user.click(screen.getByRole('button', { name: 'Delete the group' }));
  const button = await screen.findByRole<HTMLButtonElement>('button', { name: 'Delete forever' });
  const field = screen.getByLabelText(/to confirm/);
  await user.type(field, 'Launc');
  expect(button.disabled).toBe(true);
  await user.type(field, 'h');
  await user.click(button);
  expect(calls.at(-1)).toMatchObject({ method: 'DELETE', path: `/v1/conversations/${id}` });
  expect(onGone).toHaveBeenCalledOnce();
});

test.each<[Role, MemberRole, boolean]>([
  ['owner', 'ADMIN_MEMBER', true],
  ['admin', 'MEMBER', true],
  ['admin', 'ADMIN_MEMBER', false],
  ['admin', 'OWNER', false],
  ['member', 'MEMBER', false],
])('as %s, removing one who is %s: %s', (role, target, may) => {
  expect(mayRemove(role, target)).toBe(may);
});

test('equals are sorted by name in their language', () => {
  const members = ['Яна', 'Ёлка', 'Егор'].map((name) => ({ name, role: 'MEMBER' as const }));
  expect(byStanding(members, 'ru').map(({ name }) => name)).toEqual(['Егор', 'Ёлка', 'Яна']);
});
