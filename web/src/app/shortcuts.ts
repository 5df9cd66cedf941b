/* The one table of keyboard shortcuts: it feeds the handler and the help dialog. A key is what it writes: on another Latin
 * layout Ctrl+C is where that layout has its C, and belongs to the browser. Only where a key writes another alphabet does
 * its place say which one is meant. */
import { msg } from '@lingui/core/macro';
import type { MessageDescriptor } from '@lingui/core';
import { runCommand, type CommandName } from '@/ui/commands';

export type ShortcutGroup = 'everywhere' | 'chats' | 'conversation' | 'writing';

export interface Shortcut {
  /** "Mod" is Cmd on a Mac, Ctrl elsewhere. The last part is what the key writes (signOf). */
  keys: string;
  /** Null: the place that has the focus does it by itself, the table only tells of it. */
  command: CommandName | null;
  group: ShortcutGroup;
  text: MessageDescriptor;
}

export const shortcuts: readonly Shortcut[] = [
  { keys: 'Mod+k', command: 'openSwitcher', group: 'everywhere', text: msg`Go to a chat or a person` },
  { keys: 'Mod+/', command: 'showShortcuts', group: 'everywhere', text: msg`Show this list` },
  { keys: 'Ctrl+F6', command: 'nextLandmark', group: 'everywhere', text: msg`Next part of the page` },
  { keys: 'Ctrl+Shift+F6', command: 'previousLandmark', group: 'everywhere', text: msg`Previous part of the page` },
  { keys: 'Escape', command: null, group: 'everywhere', text: msg`Close what is open on top` },

  { keys: 'Alt+ArrowDown', command: 'nextChat', group: 'chats', text: msg`Next chat` },
  { keys: 'Alt+ArrowUp', command: 'previousChat', group: 'chats', text: msg`Previous chat` },
  { keys: 'Alt+Shift+ArrowDown', command: 'nextUnreadChat', group: 'chats', text: msg`Next unread chat` },
  { keys: 'Alt+Shift+ArrowUp', command: 'previousUnreadChat', group: 'chats', text: msg`Previous unread chat` },
  { keys: 'Shift+Escape', command: 'readAll', group: 'chats', text: msg`Mark all chats as read` },

  { keys: 'Shift+PageUp', command: 'firstUnread', group: 'conversation', text: msg`To the first unread message` },
  { keys: 'Ctrl+End', command: 'latest', group: 'conversation', text: msg`To the latest message` },

  { keys: 'Mod+b', command: 'bold', group: 'writing', text: msg`Bold` },
  { keys: 'Mod+i', command: 'italic', group: 'writing', text: msg`Italic` },
  { keys: 'Mod+e', command: 'code', group: 'writing', text: msg`Code` },
];

export const isMac = /mac|iphone|ipad/i.test(globalThis.navigator?.platform ?? '');

type Pressed = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

/* Cyrillic layouts have the full stop where "/" is; Latin ones have it elsewhere. */
const isForeignSlash = ({ key, code }: Pressed) => key === '.' && code === 'Slash';

/** What a key writes, a letter as its small Latin one; other keys by name. */
function signOf(event: Pressed): string {
  const { key, code } = event;
  if (/^\p{Script=Latin}$/u.test(key)) return key.toLowerCase();
  if (/^\p{L}$/u.test(key) && code.startsWith('Key')) return code.slice(3).toLowerCase();
  return isForeignSlash(event) ? '/' : key;
}

export function matches(keys: string, event: Pressed, mac = isMac): boolean {
  const parts = keys.split('+');
  const wants = (name: string) => parts.includes(name);
  const ctrl = wants('Ctrl') || (wants('Mod') && !mac);
  const meta = wants('Mod') && mac;
  const sign = signOf(event);
  return (
    sign === parts.at(-1) &&
    event.ctrlKey === ctrl &&
    event.metaKey === meta &&
    event.altKey === wants('Alt') &&
    // Some layouts write this one with Shift.
    (event.shiftKey === wants('Shift') || sign === '/')
  );
}

const names: Record<string, string> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  PageUp: 'PgUp',
  PageDown: 'PgDn',
};

/** The keys as they are printed on a keyboard. */
export function keysText(keys: string, mac = isMac): string[] {
  return keys.split('+').map((part) => {
    if (part === 'Mod') return mac ? '⌘' : 'Ctrl';
    if (part === 'Alt' && mac) return '⌥';
    if (part === 'Shift' && mac) return '⇧';
    return names[part] ?? (part.length === 1 ? part.toUpperCase() : part);
  });
}

function dialogIsOpen(): boolean {
  return document.querySelector('[role="dialog"], [role="alertdialog"]') !== null;
}

/** Begins to listen. A dialog keeps the keyboard to itself. */
export function startShortcuts(): () => void {
  function onKeyDown(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing || dialogIsOpen()) return;
    const hit = shortcuts.find(({ keys, command }) => command && matches(keys, event));
    if (hit?.command && runCommand(hit.command)) event.preventDefault();
  }
  document.addEventListener('keydown', onKeyDown);
  return () => document.removeEventListener('keydown', onKeyDown);
}
