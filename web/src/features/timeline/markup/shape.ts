/* What can be told about a text at once, before any markup is parsed. */

/** A longer text is cut, with "Show more": a page stays quick whatever is thrown at it. */
export const TEXT_SHOWN_MAX = 1600;
export const LINES_SHOWN_MAX = 32;

const MARKUP = /[*_~`|[<>\\@]|\.\S|:\/\/|(?:^|\n)\s*(?:[-+]|\d{1,9}[.)])\s/;

/** Whether a parser could find anything in it; most messages have nothing. */
export function mayHaveMarkup(text: string): boolean {
  return MARKUP.test(text);
}

/** The first part of a text that is too long to be shown at once, or null. */
export function shortened(text: string): string | null {
  const end = Math.min(endOfLines(text, LINES_SHOWN_MAX), TEXT_SHOWN_MAX);
  /* A cut that hides next to nothing only annoys. */
  if (text.length <= end + 200 && end >= TEXT_SHOWN_MAX) return null;
  if (end >= text.length) return null;
  return text.slice(0, goodCut(text, end));
}

function endOfLines(text: string, lines: number): number {
  let at = -1;
  for (let i = 0; i < lines; i++) {
    at = text.indexOf('\n', at + 1);
    if (at === -1) return text.length;
  }
  return at;
}

/* At a space if one is near, and never inside a character. */
function goodCut(text: string, end: number): number {
  const space = text.lastIndexOf(' ', end);
  if (space > end - 80 && space > 0) return space;
  let cut = end;
  while (cut > 1 && INSIDE.test(text.charAt(cut))) cut -= 1;
  return cut;
}

/* The second half of a pair, a joiner, a mark: they belong to what stands before them. */
const INSIDE = /[\uDC00-\uDFFF]|\u200D|\p{M}/u;

const EMOJI =
  '(?:\\p{RI}\\p{RI}|\\p{Emoji}(?:\\p{EMod}|\\uFE0F\\u20E3?|[\\u{E0020}-\\u{E007E}]+\\u{E007F})?' +
  '(?:\\u200D\\p{Emoji}(?:\\p{EMod}|\\uFE0F\\u20E3?)?)*)';
const EMOJI_ONLY = new RegExp(`^(?:${EMOJI}\\s?){1,3}$`, 'u');
const PLAIN_DIGITS = /^[\d#*\s]+$/;

/** One to three emoji and nothing else are shown large. */
export function isBigEmoji(text: string): boolean {
  return text.length <= 64 && !PLAIN_DIGITS.test(text) && !/[\d#*](?!\uFE0F)/.test(text) && EMOJI_ONLY.test(text);
}

/** Marks piled up on one letter climb over the lines around; no script needs more than a few. */
export function clipMarks(text: string): string {
  return text.replace(/(\p{M}{4})\p{M}+/gu, '$1');
}
