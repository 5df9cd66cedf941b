/* Skin tones: a modifier behind every part of an emoji that takes one. */
export const TONES = ['none', 'light', 'medium-light', 'medium', 'medium-dark', 'dark'] as const;
export type Tone = (typeof TONES)[number];

const JOINER = '\u200d';
const MODIFIERS = /[\u{1f3fb}-\u{1f3ff}]/gu;
const LIGHT = 0x1f3fb;

/** The emoji in a skin tone; only for those that have tones. */
export function toned(emoji: string, tone: Tone): string {
  if (tone === 'none') return emoji;
  const modifier = String.fromCodePoint(LIGHT + TONES.indexOf(tone) - 1);
  const parts = emoji.split(JOINER);
  return parts
    .map((part) => {
      /* The hands between two people are theirs. */
      if (parts.length > 1 && part === '🤝') return part;
      return part.replace(/(\p{Emoji_Modifier_Base})\uFE0F?/gu, `$1${modifier}`);
    })
    .join(JOINER);
}

export const withoutTone = (emoji: string): string => emoji.replace(MODIFIERS, '');
