/* What this device remembers about how it is used. Kept in localStorage; tabs follow each other. public/early.js reads the
 * same entry before the first paint. */
import { useSyncExternalStore } from 'react';

export type Theme = 'system' | 'light' | 'dark';
export type Language = 'en' | 'ru';

export interface Preferences {
  theme: Theme;
  /** Null: as the browser says. */
  language: Language | null;
  /** Whether Enter sends and Shift+Enter breaks the line, or the other way round. */
  enterSends: boolean;
  /** Whether a new message is heard. */
  sound: boolean;
  /** Width of the list of chats, in px of text of the usual size: it grows with the text. */
  listWidth: number;
  /** In per cent of what the browser is set to. */
  textSize: number;
}

export const LIST_WIDTH_MIN = 280;
export const LIST_WIDTH_MAX = 360;

export const TEXT_SIZE_MIN = 80;
export const TEXT_SIZE_MAX = 200;

const KEY = 'molva.preferences';
const defaults: Preferences = {
  theme: 'system',
  language: null,
  enterSends: true,
  sound: true,
  listWidth: 320,
  textSize: 100,
};

function oneOf<T>(value: unknown, allowed: readonly T[], otherwise: T): T {
  return allowed.includes(value as T) ? (value as T) : otherwise;
}

function within(value: unknown, least: number, most: number, otherwise: number): number {
  return typeof value === 'number' ? Math.min(most, Math.max(least, value)) : otherwise;
}

/** Whatever was stored, by whichever version. */
export function preferencesOf(text: string | null): Preferences {
  let stored: Partial<Record<keyof Preferences, unknown>> = {};
  try {
    const parsed: unknown = JSON.parse(text ?? '{}');
    if (typeof parsed === 'object' && parsed !== null) stored = parsed;
  } catch {
    // Unreadable: the defaults.
  }
  return {
    theme: oneOf<Theme>(stored.theme, ['system', 'light', 'dark'], defaults.theme),
    language: oneOf<Language | null>(stored.language, ['en', 'ru'], null),
    enterSends: typeof stored.enterSends === 'boolean' ? stored.enterSends : defaults.enterSends,
    sound: typeof stored.sound === 'boolean' ? stored.sound : defaults.sound,
    listWidth: within(stored.listWidth, LIST_WIDTH_MIN, LIST_WIDTH_MAX, defaults.listWidth),
    textSize: within(stored.textSize, TEXT_SIZE_MIN, TEXT_SIZE_MAX, defaults.textSize),
  };
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

let current = preferencesOf(read());
const listeners = new Set<() => void>();

function publish(next: Preferences): void {
  current = next;
  for (const listener of listeners) listener();
}

globalThis.addEventListener?.('storage', (event) => {
  if (event.key === KEY || event.key === null) publish(preferencesOf(event.newValue));
});

export function getPreferences(): Preferences {
  return current;
}

export function setPreferences(change: Partial<Preferences>): void {
  const next = { ...current, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // A full or forbidden storage: the choice lasts as long as the page.
  }
  publish(next);
}

export function subscribeToPreferences(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribeToPreferences, getPreferences);
}
