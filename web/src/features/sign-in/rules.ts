/* The server's rules of names (docs/adr/0002-usernames.md), told before it has to refuse, and how good a password is. */
import { passwordProblem } from '@/api';

export const USERNAME_MIN = 3;
export const USERNAME_MAX = 32;
export const DISPLAY_NAME_MAX = 64;

export type UsernameProblem = 'short' | 'long' | 'first' | 'signs' | 'mixed';

export function usernameProblem(name: string): UsernameProblem | null {
  const letters = [...name];
  if (letters.length > 0 && !/^[a-zа-яё]/i.test(name)) return 'first';
  if (!/^[a-zа-яё0-9._-]*$/i.test(name)) return 'signs';
  if (/[a-z]/i.test(name) && /[а-яё]/i.test(name)) return 'mixed';
  if (letters.length < USERNAME_MIN) return 'short';
  if (letters.length > USERNAME_MAX) return 'long';
  return null;
}

/** By length, which matters most: 0 too short, 1 weak, 2 fair, 3 good. */
export function passwordStrength(password: string): 0 | 1 | 2 | 3 {
  if (passwordProblem(password)) return 0;
  // "aaaaaaaaaaaaaaaa" is long and no secret.
  const length = Math.min([...password].length, new Set(password).size * 2);
  if (length < 11) return 1;
  return length < 15 ? 2 : 3;
}
