import { expect, test } from 'vitest';
import { passwordProblem } from './password';

test.each([
  ['1234567', 'short'],
  ['12345678', null],
  ['пароль', null],
  ['x'.repeat(257), 'long'],
  // As they are kept: composed, and with plain spaces.
  ['cafe\u0301 c', 'short'],
  ['e\u0301'.repeat(128), null],
  ['e\u0301'.repeat(129), 'long'],
  ['\u3000'.repeat(7), 'short'],
])('the password "%s": %s', (password, problem) => {
  expect(passwordProblem(password)).toBe(problem);
});
