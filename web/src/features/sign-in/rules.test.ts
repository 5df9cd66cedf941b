import { expect, test } from 'vitest';
import { invitationOf } from './invitation';
import { passwordStrength, usernameProblem } from './rules';

test.each([
  ['anna', null],
  ['Женя-2', null],
  ['a.b_c-9', null],
  ['ab', 'short'],
  ['', 'short'],
  ['a'.repeat(33), 'long'],
  ['9lives', 'first', '9'],
  ['_anna', 'first', '_'],
  ['anna!', 'sign', '!'],
  ['!anna', 'sign', '!'],
  ['rené', 'sign', 'é'],
  ['anna🌱b', 'sign', '🌱'],
  ['an na', 'space', ' '],
  ['annа', 'cyrillic', 'а'],
  ['жeня', 'latin', 'e'],
  ['aб', 'cyrillic', 'б'],
  ['бa', 'latin', 'a'],
])('the user name "%s": %s', (name, kind, sign = '') => {
  expect(usernameProblem(name)).toEqual(kind && { kind, sign });
});

test.each([
  ['short', 0],
  ['password', 1],
  ['correct horse', 2],
  ['correct horse battery', 3],
  ['aaaaaaaaaaaaaaaaaaaa', 1],
])('"%s" is of strength %i', (password, strength) => {
  expect(passwordStrength(password)).toBe(strength);
});

test.each([
  ['#owner=Hzw7-iuSs_n', { kind: 'owner', code: 'Hzw7-iuSs_n' }],
  ['#invite=abc', { kind: 'invite', code: 'abc' }],
  ['#invite=', null],
  ['#invite=<b>', null],
  ['#other=abc', null],
  ['', null],
])('the link "%s" brings %o', (hash, want) => {
  expect(invitationOf(hash)).toEqual(want);
});
