import { t } from '@lingui/core/macro';
import { USERNAME_MAX, USERNAME_MIN, type UsernameProblem } from './rules';

export function usernameText(problem: UsernameProblem): string {
  switch (problem) {
    case 'short':
      return t`At least ${USERNAME_MIN} characters.`;
    case 'long':
      return t`At most ${USERNAME_MAX} characters.`;
    case 'first':
      return t`Start with a letter: a–z or а–я.`;
    case 'signs':
      return t`Only letters, digits, dot, hyphen and underscore.`;
    case 'mixed':
      return t`Latin and Cyrillic letters cannot be mixed in one name.`;
  }
}
