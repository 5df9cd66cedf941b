/* How large the text is, and how much room the window has for it: the two decide together whether columns stand side by
 * side, so that large letters on a wide screen get the layout of a narrow one, as with the browser's zoom.
 *
 * The browser's own setting is the base: everything is measured in rem, and the preference is a part of it.
 * public/early.js does the same before the first paint. */
import { useSyncExternalStore } from 'react';
import { getPreferences, subscribeToPreferences } from './preferences';

/** three: list, chat and panel side by side. over: the panel lies over the chat. one: one of them. */
export type Room = 'three' | 'over' | 'one';

/* From this width on, in rem. */
const OVER_FROM = 45;
const THREE_FROM = 64;
const NARROW_BELOW = 30;
/* No telephone is as narrow with letters of the usual size. */
const TIGHT_BELOW = 20;

/** What styles go by, as :root[data-room~='over']: each step with those it takes part in. */
export function roomWords(widthRem: number): string {
  if (widthRem >= THREE_FROM) return 'three';
  if (widthRem >= OVER_FROM) return 'over';
  if (widthRem >= NARROW_BELOW) return 'over one';
  return widthRem >= TIGHT_BELOW ? 'over one narrow' : 'over one narrow tight';
}

let pixels = 16;
let room: Room = 'three';
const listeners = new Set<() => void>();

function measure(): void {
  const root = document.documentElement;
  pixels = parseFloat(getComputedStyle(root).fontSize) || 16;
  const words = roomWords(window.innerWidth / pixels);
  root.dataset['room'] = words;
  room = words.includes('one') ? 'one' : words === 'over' ? 'over' : 'three';
  for (const listener of listeners) listener();
}

/* By script, because the policy allows no style attribute in the page. */
function apply(): void {
  const { textSize } = getPreferences();
  const { style } = document.documentElement;
  const wanted = textSize === 100 ? '' : `${textSize}%`;
  if (style.fontSize !== wanted) style.fontSize = wanted;
  measure();
}

/** To be called once, before anything is drawn. */
export function startTextSize(): void {
  apply();
  subscribeToPreferences(apply);
  window.addEventListener('resize', measure);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Pixels of one rem, for what has to be calculated. */
export function remPx(): number {
  return pixels;
}

/** remPx(), drawn anew when it changes. */
export function useRemPx(): number {
  return useSyncExternalStore(subscribe, remPx);
}

export function useRoom(): Room {
  return useSyncExternalStore(subscribe, () => room);
}
