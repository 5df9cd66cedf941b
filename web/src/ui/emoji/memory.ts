/* What this device remembers of emoji: the skin tone, and those used last. Read when a list of emoji opens. */
import { TONES, type Tone } from './tones';

const KEY = 'molva.emoji';
/** A row of the picker. */
export const RECENT_MAX = 8;

export interface EmojiMemory {
  tone: Tone;
  /** The last one first. */
  recent: readonly string[];
}

/** Whatever was stored, by whichever version. */
function memoryOf(text: string | null): EmojiMemory {
  let stored: { tone?: unknown; recent?: unknown } = {};
  try {
    const parsed: unknown = JSON.parse(text ?? '{}');
    if (typeof parsed === 'object' && parsed !== null) stored = parsed;
  } catch {
    // Unreadable: nothing is remembered.
  }
  const recent = Array.isArray(stored.recent) ? stored.recent : [];
  return {
    tone: TONES.find((tone) => tone === stored.tone) ?? 'none',
    recent: recent.filter((emoji): emoji is string => typeof emoji === 'string').slice(0, RECENT_MAX),
  };
}

/* Where nothing can be stored, it lasts as long as the page. */
let unstored: EmojiMemory | null = null;

export function emojiMemory(): EmojiMemory {
  if (unstored) return unstored;
  try {
    return memoryOf(localStorage.getItem(KEY));
  } catch {
    return memoryOf(null);
  }
}

function remember(change: Partial<EmojiMemory>): void {
  const next = { ...emojiMemory(), ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(next));
    unstored = null;
  } catch {
    unstored = next;
  }
}

export function rememberTone(tone: Tone): void {
  remember({ tone });
}

export function rememberEmoji(emoji: string): void {
  const others = emojiMemory().recent.filter((other) => other !== emoji);
  remember({ recent: [emoji, ...others].slice(0, RECENT_MAX) });
}
