import { describe, expect, test } from 'vitest';
import { fitting, roomLeft, TEXT_BYTES_MAX, toggleMark, trimmed, utf8Bytes } from './text';

test.each(['', 'abc', 'щука', '漢字', '👍🏽', 'a\u0301', 'смесь mix 👩‍👩‍👧‍👦'])('bytes of %j', (text) => {
  expect(utf8Bytes(text)).toBe(new TextEncoder().encode(text).length);
});

describe('room left', () => {
  test('is nobody’s business while there is plenty', () => {
    expect(roomLeft('a'.repeat(TEXT_BYTES_MAX - 1025))).toBeNull();
  });
  test('counts letters, not bytes', () => {
    expect(roomLeft('a'.repeat(TEXT_BYTES_MAX - 10))).toBe(10);
    expect(roomLeft('щ'.repeat(TEXT_BYTES_MAX / 2 - 10))).toBe(10);
    expect(roomLeft('щ'.repeat(TEXT_BYTES_MAX / 2))).toBe(0);
    expect(roomLeft('щ'.repeat(TEXT_BYTES_MAX / 2 + 3))).toBe(-3);
  });
  test('one byte over is over', () => {
    expect(roomLeft('щ'.repeat(TEXT_BYTES_MAX / 2) + 'a')).toBe(-1);
  });
});

test('what fits ends between graphemes', () => {
  expect(fitting('👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 40)).toBe('👩‍👩‍👧‍👦');
  expect(fitting('ee\u0301', 2)).toBe('e');
  expect(fitting('🇷🇺🇷🇺', 12)).toBe('🇷🇺');

  expect(fitting('щука', 5)).toBe('щу');
  expect(fitting('a👍b', 4)).toBe('a');
  expect(fitting('abc', 3)).toBe('abc');
});

test('what is sent has no empty lines around it, but keeps its indentation', () => {
  expect(trimmed('\n  \n  a\r\nb \n\n')).toBe('  a\nb');
  expect(trimmed(' \n\t ')).toBe('');
});

describe('a mark', () => {
  const apply = (text: string, start: number, end: number, mark: string) => {
    const edit = toggleMark(text, start, end, mark);
    const after = text.slice(0, edit.from) + edit.insert + text.slice(edit.to);
    return `${after.slice(0, edit.start)}[${after.slice(edit.start, edit.end)}]${after.slice(edit.end)}`;
  };
  test.each([
    ['around the selection', 'one two', 4, 7, 'one **[two]**'],
    ['around nothing: the caret waits inside', 'one ', 4, 4, 'one **[]**'],
    ['off again', 'one **two**', 6, 9, 'one [two]'],
    ['off when selected too', 'one **two**', 4, 11, 'one [two]'],
    ['not around spaces', 'one two ', 3, 8, 'one **[two]** '],
  ])('%s', (_, text, start, end, want) => {
    expect(apply(text, start, end, '**')).toBe(want);
  });
});
