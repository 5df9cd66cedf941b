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
  /** Width of the list of chats, in px. */
  listWidth: number;
}

export const LIST_WIDTH_MIN = 280;
export const LIST_WIDTH_MAX = 360;

const KEY = 'molva.preferences';
const defaults: Preferences = { theme: 'system', language: null, enterSends: true, listWidth: 320 };

function oneOf<T>(value: unknown, allowed: readonly T[], otherwise: T): T {
  return allowed.includes(value as T) ? (value as T) : otherwise;
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
  const width = typeof stored.listWidth === 'number' ? stored.listWidth : defaults.listWidth;
  return {
    theme: oneOf<Theme>(stored.theme, ['system', 'light', 'dark'], defaults.theme),
    language: oneOf<Language | null>(stored.language, ['en', 'ru'], null),
    enterSends: typeof stored.enterSends === 'boolean' ? stored.enterSends : defaults.enterSends,
    listWidth: Math.min(LIST_WIDTH_MAX, Math.max(LIST_WIDTH_MIN, width)),
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
