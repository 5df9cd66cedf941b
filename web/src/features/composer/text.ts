/* Arithmetic of the text being written: how long it is for the server, and what a formatting key does to it. */

/** Bytes of UTF-8 that the server takes in one message. */
export const TEXT_BYTES_MAX = 16_384;
/** From here on the composer says how much room is left. */
const NEAR_END_BYTES = 1_024;

export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) bytes += unit > 0x7ff ? 2 : 1;
    /* A pair of surrogates: three for the first and one for the second make its four. */
    if (unit >= 0xd800 && unit <= 0xdbff) i += 1;
  }
  return bytes;
}

/** Characters that still fit (below zero: that are too many), or null while there is plenty of room. */
export function roomLeft(text: string): number | null {
  if (text.length * 3 < TEXT_BYTES_MAX - NEAR_END_BYTES) return null;
  const bytes = utf8Bytes(text);
  const left = TEXT_BYTES_MAX - bytes;
  if (left > NEAR_END_BYTES) return null;
  /* Counted in the letters of this very text: people know nothing of bytes. */
  const perCharacter = Math.max(1, bytes / Math.max(1, [...text].length));
  return left < 0 ? -Math.max(1, Math.round(-left / perCharacter)) : Math.floor(left / perCharacter);
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Letters that one sign is made of, at most. */
const SIGN_MAX = 64;

/** The longest beginning that takes at most `bytes`, without cutting what a reader sees as one sign. */
export function fitting(text: string, bytes: number): string {
  let used = 0;
  let end = 0;
  /* No letter takes less than a byte: what lies further does not fit anyway. */
  for (const { segment } of segmenter.segment(text.slice(0, bytes + SIGN_MAX))) {
    used += utf8Bytes(segment);
    if (used > bytes) break;
    end += segment.length;
  }
  return text.slice(0, end);
}

/** What is sent: the empty lines and spaces around it are nobody's words. */
export function trimmed(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/\0/g, '')
    .replace(/^(?:[^\S\n]*\n)+/, '')
    .trimEnd();
}

export interface Edit {
  /** Replaces what stands from `from` to `to`. */
  from: number;
  to: number;
  insert: string;
  /** The selection afterwards. */
  start: number;
  end: number;
}

/** Puts a mark around the selection, or takes it off when it is there. */
export function toggleMark(text: string, start: number, end: number, mark: string): Edit {
  const size = mark.length;
  const inside = text.slice(start, end);
  if (text.slice(start - size, start) === mark && text.slice(end, end + size) === mark) {
    return { from: start - size, to: end + size, insert: inside, start: start - size, end: end - size };
  }
  if (inside.length > 2 * size && inside.startsWith(mark) && inside.endsWith(mark)) {
    const bare = inside.slice(size, -size);
    return { from: start, to: end, insert: bare, start, end: start + bare.length };
  }
  /* Marks stick to words: a space inside them would make them plain stars. */
  const lead = inside.length - inside.trimStart().length;
  const tail = inside.trim() === '' ? 0 : inside.length - inside.trimEnd().length;
  const core = inside.slice(lead, inside.length - tail);
  const from = start + lead;
  return {
    from,
    to: end - tail,
    insert: mark + core + mark,
    start: from + size,
    end: from + size + core.length,
  };
}
