import { expect, test } from 'vitest';
import { entriesOf, GROUPS } from '../src/ui/emoji/data';
import { emojiColumns } from './emoji-data';

const entries = entriesOf(emojiColumns());
const named = (label: string) => entries.find((entry) => entry.label.en === label);

test('every emoji has a name in both languages and a group of the picker', () => {
  expect(entries.length).toBeGreaterThan(1800);
  expect(new Set(entries.map(({ emoji }) => emoji)).size).toBe(entries.length);
  const broken = entries.filter(
    ({ label, group, version }) =>
      label.en === '' ||
      !/[а-яё]|^\W*[A-Z]/iu.test(label.ru) ||
      !GROUPS.some((known) => known === group) ||
      !(version > 0),
  );
  expect(broken).toEqual([]);
  expect(entries.filter(({ label }) => /[а-яё]/i.test(label.ru)).length / entries.length).toBeGreaterThan(0.98);
});

test('they are written as keyboards write them', () => {
  expect(named('thumbs up')?.emoji).toBe('👍');
  expect(named('red heart')?.emoji).toBe('❤\uFE0F');
});

test('short names come along, and who has skin tones is known', () => {
  expect(named('thumbs up')).toMatchObject({ codes: ['+1', 'thumbsup'], toned: true });
  expect(named('party popper')).toMatchObject({ codes: ['tada'], toned: false });
  expect(entries.filter((entry) => entry.toned).length).toBeGreaterThan(300);
});
