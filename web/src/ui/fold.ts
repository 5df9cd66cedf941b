/* Texts as people look them up: without case, marks and apostrophes, each letter as most keyboards have it. The server folds names by
 * the same table (src/base/fold.txt); tests of both go through tests/cases/fold.txt. */
import { dropped, kept, letters } from 'virtual:fold-table';

const DROPPED = new RegExp(`^[${dropped}]$`, 'u');

function throughTable(text: string): string {
  let out = '';
  let before = '';
  for (const sign of text) {
    const lower = sign.toLowerCase();
    if (DROPPED.test(lower) && !kept.includes(before + lower)) continue;
    out += letters[lower] ?? lower;
    before = lower;
  }
  return out;
}

export function fold(text: string): string {
  // Before it is taken apart, because U+00B4 becomes a space and an accent; behind it for what comes out.
  return throughTable(throughTable(text).normalize('NFKD')).normalize('NFC');
}
