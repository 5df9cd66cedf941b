import { expect, test } from 'vitest';
import { toned, withoutTone } from './tones';

test.each([
  ['a hand', '👋', '👋🏽'],
  ['one that needs a selector without a tone', '✌\uFE0F', '✌🏽'],
  ['a person with a thing', '🧑‍💻', '🧑🏽‍💻'],
  ['two people', '🧑‍🤝‍🧑', '🧑🏽‍🤝‍🧑🏽'],
  ['hands alone', '🤝', '🤝🏽'],
  ['a sign behind it', '🤷‍♀\uFE0F', '🤷🏽‍♀\uFE0F'],
])('%s', (_, plain, medium) => {
  expect(toned(plain, 'medium')).toBe(medium);
  expect(toned(plain, 'none')).toBe(plain);
});

test('a tone comes off again', () => {
  expect(withoutTone('👋🏿')).toBe('👋');
});
