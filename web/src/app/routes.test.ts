import { expect, test } from 'vitest';
import { messageOf, placeOf } from './routes';

const id = '01980c5e-7a3c-7c41-9d52-3f1f6a0b9c2e';

test.each([
  ['/', { at: 'home' }],
  [`/c/${id}`, { at: 'chat', id, details: false }],
  [`/c/${id}/info`, { at: 'chat', id, details: true }],
  ['/settings', { at: 'settings', section: null }],
  ['/settings/sessions', { at: 'settings', section: 'sessions' }],
  ['/settings/unknown', { at: 'nowhere' }],
  ['/c/not-an-id', { at: 'nowhere' }],
  [`/c/${id}/info/more`, { at: 'nowhere' }],
  ['/elsewhere', { at: 'nowhere' }],
])('%s is understood', (path, place) => {
  expect(placeOf(path)).toEqual(place);
});

test.each([
  ['?m=12', 12],
  ['?m=0', undefined],
  ['?m=-3', undefined],
  ['?m=1.5', undefined],
  ['?m=abc', undefined],
  ['', undefined],
])('the message of "%s" is %s', (search, seq) => {
  expect(messageOf(search)).toBe(seq);
});
