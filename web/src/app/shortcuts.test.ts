import { fireEvent } from '@testing-library/dom';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { registerCommand, type CommandName } from '@/ui/commands';
import { keysText, matches, shortcuts, startShortcuts } from './shortcuts';

let stop: () => void;
beforeEach(() => {
  stop = startShortcuts();
});
afterEach(() => stop());

const press = (init: KeyboardEventInit) => fireEvent.keyDown(document.body, init);

/* What the keys of these layouts write, with Ctrl: sign, place. */
const layouts = {
  US: {
    k: 'KeyK',
    b: 'KeyB',
    i: 'KeyI',
    e: 'KeyE',
    c: 'KeyC',
    x: 'KeyX',
    v: 'KeyV',
    z: 'KeyZ',
    '-': 'Minus',
    '.': 'Period',
    '/': 'Slash',
  },
  German: {
    k: 'KeyK',
    b: 'KeyB',
    i: 'KeyI',
    e: 'KeyE',
    c: 'KeyC',
    x: 'KeyX',
    v: 'KeyV',
    z: 'KeyY',
    '-': 'Slash',
    '.': 'Period',
    '/': 'Shift+Digit7',
  },
  French: {
    k: 'KeyK',
    b: 'KeyB',
    i: 'KeyI',
    e: 'KeyE',
    c: 'KeyC',
    x: 'KeyX',
    v: 'KeyV',
    z: 'KeyW',
    '-': 'Digit6',
    '!': 'Slash',
    '/': 'Shift+Period',
  },
  Dvorak: {
    k: 'KeyV',
    b: 'KeyN',
    i: 'KeyG',
    e: 'KeyD',
    c: 'KeyI',
    x: 'KeyB',
    v: 'Period',
    z: 'Slash',
    '-': 'Quote',
    '.': 'KeyE',
    '/': 'BracketLeft',
  },
  Russian: {
    л: 'KeyK',
    и: 'KeyB',
    ш: 'KeyI',
    у: 'KeyE',
    с: 'KeyC',
    ч: 'KeyX',
    м: 'KeyV',
    я: 'KeyZ',
    '-': 'Minus',
    ю: 'Period',
    '.': 'Slash',
    '/': 'Shift+Backslash',
  },
} as const;

const ours: Record<string, CommandName> = {
  k: 'openSwitcher',
  л: 'openSwitcher',
  b: 'bold',
  и: 'bold',
  i: 'italic',
  ш: 'italic',
  e: 'code',
  у: 'code',
  '/': 'showShortcuts',
};

test.each(
  Object.entries(layouts).flatMap(([layout, keys]) => Object.entries(keys).map(([key, at]) => [layout, key, at])),
)('with Ctrl, on a %s layout, %s (%s) is ours or the browser has it', (layout, key, at) => {
  const asked: CommandName[] = [];
  const commands = [...new Set(Object.values(ours))];
  const removes = commands.map((name) => registerCommand(name, () => void asked.push(name)));
  const kept = press({ key, code: at.replace('Shift+', ''), ctrlKey: true, shiftKey: at.startsWith('Shift+') });
  for (const remove of removes) remove();
  const command = layout === 'Russian' && key === '.' ? 'showShortcuts' : ours[key];
  expect(asked).toEqual(command ? [command] : []);
  expect(kept, 'the browser gets it').toBe(command === undefined);
});

test('other modifiers are other keys', () => {
  const open = vi.fn();
  const remove = registerCommand('openSwitcher', open);
  press({ key: 'K', code: 'KeyK', ctrlKey: true, shiftKey: true });
  press({ key: 'k', code: 'KeyK' });
  expect(open).not.toHaveBeenCalled();
  remove();
});

test('a key that nobody answers to keeps its meaning', () => {
  const notHere = registerCommand('bold', () => false);
  // fireEvent answers false when the default was prevented.
  expect(press({ key: 'b', code: 'KeyB', ctrlKey: true })).toBe(true);
  notHere();
  const here = registerCommand('bold', () => undefined);
  expect(press({ key: 'b', code: 'KeyB', ctrlKey: true })).toBe(false);
  here();
});

test('a dialog keeps the keyboard to itself', () => {
  const next = vi.fn();
  const remove = registerCommand('nextChat', next);
  const dialog = document.createElement('div');
  dialog.setAttribute('role', 'dialog');
  document.body.append(dialog);
  press({ key: 'ArrowDown', altKey: true });
  expect(next).not.toHaveBeenCalled();
  dialog.remove();
  press({ key: 'ArrowDown', altKey: true });
  expect(next).toHaveBeenCalledOnce();
  remove();
});

test('no two entries of the table share their keys', () => {
  expect(new Set(shortcuts.map(({ keys }) => keys)).size).toBe(shortcuts.length);
});

test('on a Mac it is Cmd', () => {
  const event = { key: 'k', code: 'KeyK', ctrlKey: false, metaKey: true, altKey: false, shiftKey: false };
  expect(matches('Mod+k', event, true)).toBe(true);
  expect(matches('Mod+k', event, false)).toBe(false);
  expect(keysText('Mod+k', true)).toEqual(['⌘', 'K']);
  expect(keysText('Alt+Shift+ArrowUp', false)).toEqual(['Alt', 'Shift', '↑']);
});
