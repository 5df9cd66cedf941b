import { t } from '@lingui/core/macro';
import { USERNAME_MAX, USERNAME_MIN, type UsernameProblem } from './rules';

/* What cannot be seen is named by its number in Unicode. */
function shown(sign: string): string {
  if (!/[\p{C}\p{M}]/u.test(sign)) return sign;
  return `U+${sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}

export function usernameText(problem: UsernameProblem): string {
  const sign = shown(problem.sign);
  switch (problem.kind) {
    case 'short':
      return t`At least ${USERNAME_MIN} characters.`;
    case 'long':
      return t`At most ${USERNAME_MAX} characters.`;
    case 'first':
      return t`“${sign}” cannot be the first: start with a letter, a–z or а–я.`;
    case 'space':
      return t`A user name has no spaces.`;
    case 'sign':
      return t`“${sign}” cannot be in it: only Latin or Russian letters, digits, dot, hyphen, underscore.`;
    case 'latin':
      return t`“${sign}” is a Latin letter among Russian ones: use one alphabet.`;
    case 'cyrillic':
      return t`“${sign}” is a Russian letter among Latin ones: use one alphabet.`;
  }
}
