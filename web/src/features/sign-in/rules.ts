/* The server's rules of names (docs/adr/0002-usernames.md), told before it has to refuse, and how good a password is. */
import { passwordProblem } from '@/api';

export const USERNAME_MIN = 3;
export const USERNAME_MAX = 32;
export const DISPLAY_NAME_MAX = 64;

export interface UsernameProblem {
  kind: 'short' | 'long' | 'first' | 'space' | 'sign' | 'latin' | 'cyrillic';
  /** The character that is wrong; empty when it is the length. */
  sign: string;
}

const LATIN = /[a-z]/i;
const CYRILLIC = /[а-яё]/i;

/* The letters of the alphabet that has fewer of them; of two with as many, the one that came second. */
function stranger(letters: readonly string[]): UsernameProblem | null {
  const latin = letters.filter((letter) => LATIN.test(letter));
  const cyrillic = letters.filter((letter) => CYRILLIC.test(letter));
  if (latin.length === 0 || cyrillic.length === 0) return null;
  const fewerLatin = latin.length < cyrillic.length || (latin.length === cyrillic.length && CYRILLIC.test(letters[0]!));
  return fewerLatin ? { kind: 'latin', sign: latin[0]! } : { kind: 'cyrillic', sign: cyrillic[0]! };
}

export function usernameProblem(name: string): UsernameProblem | null {
  const letters = [...name.normalize('NFC')];
  const wrong = letters.find((letter) => !/^[a-zа-яё0-9._-]$/i.test(letter));
  if (wrong !== undefined) return { kind: /\s/.test(wrong) ? 'space' : 'sign', sign: wrong };
  if (letters.length > 0 && !/^[a-zа-яё]/i.test(name)) return { kind: 'first', sign: letters[0]! };
  const mixed = stranger(letters);
  if (mixed) return mixed;
  if (letters.length < USERNAME_MIN) return { kind: 'short', sign: '' };
  return letters.length > USERNAME_MAX ? { kind: 'long', sign: '' } : null;
}

/** By length, which matters most: 0 too short, 1 weak, 2 fair, 3 good. */
export function passwordStrength(password: string): 0 | 1 | 2 | 3 {
  if (passwordProblem(password)) return 0;
  // "aaaaaaaaaaaaaaaa" is long and no secret.
  const length = Math.min([...password].length, new Set(password).size * 2);
  if (length < 11) return 1;
  return length < 15 ? 2 : 3;
}
