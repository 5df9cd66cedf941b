/* The look of a person or a group that has no picture: letters and a colour that stay the same everywhere. */

const HUES = 8;

/* A colour token of the eight, always the same one for an id (FNV-1a). */
export function personColor(id: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) {
    hash ^= id.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  hash ^= hash >>> 15;
  return `var(--color-person-${(hash >>> 0) % HUES})`;
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function firstSign(word: string): string {
  for (const { segment } of segmenter.segment(word)) return segment;
  return '';
}

/* One or two letters of a name; an emoji counts as a letter. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/[\s_.-]+/u)
    .filter((word) => /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(word));
  const first = words[0] ?? name.trim();
  const last = words.length > 1 ? words[words.length - 1] : undefined;
  return (firstSign(first) + (last ? firstSign(last) : '')).toLocaleUpperCase();
}
