/* Which emoji this browser can draw: newer ones than its font would be empty boxes. */
import type { EmojiEntry } from './data';

const SIZE = 16;
const FONT = `${String(SIZE)}px 'Apple Color Emoji', 'Noto Color Emoji', 'Segoe UI Emoji', sans-serif`;

const isFlagOfCountry = ({ emoji }: EmojiEntry) => /^\p{RI}\p{RI}$/u.test(emoji);

/* Nothing at all is no picture. */
function picture(context: CanvasRenderingContext2D, text: string, colour: string): string | null {
  context.clearRect(0, 0, SIZE, SIZE);
  context.fillStyle = colour;
  context.fillText(text, 0, 0);
  const { data } = context.getImageData(0, 0, SIZE, SIZE);
  return data.some((value) => value > 0) ? data.join() : null;
}

/* An emoji keeps its own colours, and is one sign wide. */
function isDrawn(context: CanvasRenderingContext2D, text: string): boolean {
  if (context.measureText(text).width > 1.6 * SIZE) return false;
  const red = picture(context, text, '#f00');
  return red !== null && red === picture(context, text, '#00f');
}

export function supported(entries: readonly EmojiEntry[]): EmojiEntry[] {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SIZE;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return [...entries];
  context.font = FONT;
  context.textBaseline = 'top';

  const firstOf = new Map<number, string>();
  for (const { version, emoji } of entries) if (!firstOf.has(version)) firstOf.set(version, emoji);
  const newest = [...firstOf.keys()]
    .sort((a, b) => b - a)
    .find((version) => isDrawn(context, firstOf.get(version) ?? ''));
  /* Not even the oldest: this browser tells nobody what it draws. */
  if (newest === undefined) return [...entries];
  const flags = isDrawn(context, '🇪🇺');
  return entries.filter((entry) => entry.version <= newest && (flags || !isFlagOfCountry(entry)));
}
