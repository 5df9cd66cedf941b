/* The entries in the form that the picker's library wants. */
import type { EmojiData } from 'frimousse';
import type { Language } from '../preferences';
import { GROUPS, type EmojiEntry, type EmojiGroup } from './data';
import { toned } from './tones';

interface Texts {
  groups: Record<EmojiGroup, string>;
  tones: EmojiData['skinTones'];
}

export function pickerData(entries: readonly EmojiEntry[], language: Language, texts: Texts): EmojiData {
  const other = language === 'ru' ? 'en' : 'ru';
  const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
  return {
    locale: language,
    emojis: entries.map(({ emoji, group, version, label, tags, codes, ...entry }) => ({
      emoji,
      category: group,
      version,
      label: capital(label[language]),
      tags: withPlainE([...tags[language], label[language], ...codes, label[other], ...tags[other]]),
      skins: entry.toned
        ? {
            light: toned(emoji, 'light'),
            'medium-light': toned(emoji, 'medium-light'),
            medium: toned(emoji, 'medium'),
            'medium-dark': toned(emoji, 'medium-dark'),
            dark: toned(emoji, 'dark'),
          }
        : undefined,
    })),
    categories: GROUPS.map((index) => ({ index, label: texts.groups[index] })),
    skinTones: texts.tones,
  };
}

/* Most people write е for ё. */
function withPlainE(names: readonly string[]): string[] {
  return names.flatMap((name) => (name.includes('ё') ? [name, name.replaceAll('ё', 'е')] : [name]));
}

/** The first of a group stands for it. */
export function signOf(entries: readonly EmojiEntry[], group: EmojiGroup): string {
  return entries.find((entry) => entry.group === group)?.emoji ?? '';
}
