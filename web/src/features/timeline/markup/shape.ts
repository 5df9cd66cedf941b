/* What a text looks like as a whole. */
import type { Limits } from '@/ui/markup/clip';

/** A longer text is cut, with "Show more": a page stays quick whatever is thrown at it. */
export const SHOWN_MAX: Limits = { signs: 1600, lines: 32, elements: 400 };

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
