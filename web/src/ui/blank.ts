/* What shows nothing: white space, controls, and signs that nothing is drawn for. The server refuses a text of these alone by
 * the same definition (text_is_blank() in src/base/text.c); tests of both compare with tests/cases/blank.txt. */
const BLANK =
  /^[\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800\ufff9-\ufffb\u{1d159}]*$/u;

export function showsNothing(text: string): boolean {
  return BLANK.test(text);
}
