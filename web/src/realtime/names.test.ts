import { act, renderHook } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { handleOf, nameOf, useFullTitle, useHandle } from './names';
import { initialState, realtimeStore } from './store';
import type { User } from './types';

const user = (id: string, name: string): User => ({ id, username: id, display_name: name, about: '', closed: false });
const users = (...all: User[]) => ({ users: Object.fromEntries(all.map((each) => [each.id, each])) });

beforeEach(() => realtimeStore.setState(initialState, true));
afterEach(() => realtimeStore.setState(initialState, true));

test.each([
  ['nobody else has the name', users(user('ann', 'Ann'), user('bob', 'Bob')), '', 'Ann'],
  ['another one has it', users(user('ann', 'Ann'), user('ann2', 'Ann')), '@ann', 'Ann (@ann)'],
  ['written otherwise', users(user('ann', 'Ann'), user('ann2', 'ÁNN')), '@ann', 'Ann (@ann)'],
  ['the profile is not known', users(user('ann2', 'Ann')), '', ''],
])('%s', (_label, state, handle, name) => {
  expect(handleOf(state, 'ann')).toBe(handle);
  expect(nameOf(state, 'ann')).toBe(name);
});

test('who takes the name of another is told apart from then on, and no longer when they take one of their own', () => {
  realtimeStore.setState(users(user('ann', 'Ann'), user('bob', 'Bob')));
  const { result } = renderHook(() => useHandle('ann'));
  expect(result.current).toBe('');
  act(() => realtimeStore.setState(users(user('ann', 'Ann'), user('bob', 'ann'))));
  expect(result.current).toBe('@ann');
  act(() => realtimeStore.setState(users(user('ann', 'Ann'), user('bob', 'Bob'))));
  expect(result.current).toBe('');
});

test('the title of a direct chat has the user name, that of a group of the same name does not', () => {
  const chat = { title: 'Ann', role: 'member' } as const;
  realtimeStore.setState({
    ...users(user('ann', 'Ann'), user('ann2', 'Ann')),
    conversations: {
      d: { ...chat, kind: 'direct', id: 'd', peerId: 'ann2' },
      g: { ...chat, kind: 'group', id: 'g', peerId: null },
    } as never,
  });
  expect(renderHook(() => useFullTitle('d')).result.current).toBe('Ann (@ann2)');
  expect(renderHook(() => useFullTitle('g')).result.current).toBe('Ann');
});
