/* The beginning of an emoji's name behind a colon, where the caret stands. */

/** What is looked back over at most. */
const NAME_MAX = 32;

const IN_NAME = /[\p{L}\p{N}_-]/u;
/* A colon behind these belongs to a time, an address, a word. */
const BEFORE_COLON = /[\p{L}\p{N}:/@.&=?#%\\_~+-]/u;

export interface EmojiToken {
  /** Where the colon stands. */
  from: number;
  /** What follows it, up to the caret. */
  name: string;
}

/** The token that ends at the caret; two letters make one. Looks at the word before the caret and no further. */
export function emojiTokenAt(text: string, caret: number): EmojiToken | null {
  let at = caret;
  while (at > 0 && caret - at <= NAME_MAX && IN_NAME.test(text.charAt(at - 1))) at--;
  if (at === caret || text.charAt(at - 1) !== ':') return null;
  const from = at - 1;
  const name = text.slice(at, caret);
  if (!/^\p{L}.*\p{L}/u.test(name)) return null;
  if (from > 0 && BEFORE_COLON.test(text.charAt(from - 1))) return null;
  if (caret < text.length && IN_NAME.test(text.charAt(caret))) return null;
  return isInCode(text, from) ? null : { from, name };
}

function isInCode(text: string, at: number): boolean {
  const before = text.slice(0, at);
  let fence = '';
  for (const line of before.split('\n')) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (!mark) continue;
    if (fence === '') fence = mark;
    else if (mark.startsWith(fence)) fence = '';
  }
  if (fence !== '') return true;
  const paragraph = before.slice(before.lastIndexOf('\n\n') + 1);
  let open = 0;
  for (const [run] of paragraph.matchAll(/`+/g)) {
    if (open === 0) open = run.length;
    else if (open === run.length) open = 0;
  }
  return open > 0;
}
