import { describe, expect, test } from 'vitest';
import { bestScore, score } from './fuzzy';
import { otherLayouts } from '@/ui/layouts';

test.each([
  ['fyyf', 'анна'],
  ['ющв', '.od'],
  ['ьщдмф', 'molva'],
])('"%s" was meant as "%s"', (typed, meant) => {
  expect(otherLayouts(typed)).toContain(meant);
});

test('digits are the same on both layouts', () => {
  expect(otherLayouts('2026')).toEqual([]);
});

describe('likeness', () => {
  test.each([
    ['the whole name before its beginning', 'Анна', 'Анна Петрова', 'анна'],
    ['its beginning before a later word', 'Анна Петрова', 'Петрова Анна', 'анна'],
    ['a word before the middle of one', 'Старый план', 'Аэроплан', 'план'],
    ['the middle before scattered letters', 'Аэроплан', 'Пол лак нас', 'план'],
  ])('%s', (_label, better, worse, query) => {
    expect(score(better, query)).toBeGreaterThan(score(worse, query));
  });

  test.each([
    ['Запуск осенью', 'зо'],
    ['Алёна', 'алена'],
    ['Léo Martin', 'leo'],
    ['Йога по утрам', 'йога'],
  ])('"%s" answers to "%s"', (name, query) => {
    expect(score(name, query)).toBeGreaterThan(0);
  });

  test.each([
    ['Иога', 'йога'],
    ['Design team', 'xyz'],
    ['A very long name of a group that nobody reads to its end', 'adr'],
  ])('"%s" does not answer to "%s"', (name, query) => {
    expect(score(name, query)).toBe(0);
  });

  test('signs with a meaning in patterns are only signs', () => {
    expect(score('C++ (old)', '(old')).toBeGreaterThan(0);
  });

  test('the way it was typed wins over the other layout', () => {
    expect(bestScore(['fyyf'], ['fyyf', 'анна'])).toBeGreaterThan(bestScore(['анна'], ['fyyf', 'анна']));
  });
});
