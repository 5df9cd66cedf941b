/* Foreign words inside our own sentences: whatever turns letters around in them stays in them. */

const FIRST_STRONG_ISOLATE = '\u2068';
const POP = '\u2069';
/* Embeddings, overrides and isolates of the name itself: unbalanced, they would close ours. */
const CONTROLS = /[\u202A-\u202E\u2066-\u2069]/g;

export function isolate(words: string): string {
  if (words === '') return '';
  return FIRST_STRONG_ISOLATE + words.replace(CONTROLS, '') + POP;
}
