import { describe, expect, test } from 'vitest';
import { emojiTokenAt } from './emojiToken';

/* The caret stands at the bar. */
function at(marked: string) {
  const caret = marked.indexOf('|');
  return emojiTokenAt(marked.replace('|', ''), caret);
}

test.each([
  [':he|', 0, 'he'],
  ['so :heart|', 3, 'heart'],
  ['ну :сер|', 3, 'сер'],
  ['(:ok_hand|)', 1, 'ok_hand'],
  ['😀:tada|', 2, 'tada'],
  ['one\n:two|', 4, 'two'],
  ['a `code` :yes|', 9, 'yes'],
  ['```\ncode\n```\n:yes|', 13, 'yes'],
  [':he| and more', 0, 'he'],
])('%j is the beginning of a name', (marked, from, name) => {
  expect(at(marked)).toEqual({ from, name });
});

describe('nothing is offered', () => {
  test.each([
    ['for one letter', ':h|'],
    ['for a smile of signs', ':-)|'],
    ['for a smile with a letter', ':D|'],
    ['in a time', '12:30|'],
    ['in a time with letters', '12:30pm|'],
    ['behind a word', 'note:this|'],
    ['in an address', 'see http://host|'],
    ['in an address with a port', 'http://localhost:ab|'],
    ['in a path', 'https://x.org/:id|'],
    ['for a second colon', '::ab|'],
    ['after the word', ':he |'],
    ['inside a word', ':he|art'],
    ['without a colon', 'heart|'],
    ['in code', 'run `a :he|` now'],
    ['in code that is not closed yet', 'run `a :he|'],
    ['in double code', '``a ` :he|``'],
    ['in a block of code', '```\nx :he|'],
    ['in a block of code with a language', 'text\n~~~c\nx :he|\n~~~'],
    ['for a colon too far away', `:${'a'.repeat(40)}|`],
    ['at the very beginning', '|'],
  ])('%s', (_, marked) => {
    expect(at(marked)).toBeNull();
  });
});
