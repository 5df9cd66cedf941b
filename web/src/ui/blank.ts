/* What shows nothing: white space, controls, and signs that nothing is drawn for. The server refuses a text of these alone by
 * the same definition (letter_is_blank() in src/base/letters.c; scripts/blank.test.ts compares both). */
const BLANK = /^[\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffb\ufffe\uffff]*$/u;

export function showsNothing(text: string): boolean {
  return BLANK.test(text);
}
