import { fireEvent } from '@testing-library/dom';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { registerCommand } from '@/ui/commands';
import { keysText, matches, shortcuts, startShortcuts } from './shortcuts';

let stop: () => void;
beforeEach(() => {
  stop = startShortcuts();
});
afterEach(() => stop());

const press = (init: KeyboardEventInit) => fireEvent.keyDown(document.body, init);

test('a letter is matched by its place, so it works on a Russian layout', () => {
  const open = vi.fn();
  const remove = registerCommand('openSwitcher', open);
  press({ key: 'л', code: 'KeyK', ctrlKey: true });
  expect(open).toHaveBeenCalledOnce();
  remove();
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
  expect(press({ code: 'KeyB', ctrlKey: true })).toBe(true);
  notHere();
  const here = registerCommand('bold', () => undefined);
  expect(press({ code: 'KeyB', ctrlKey: true })).toBe(false);
  here();
});

test('a dialog keeps the keyboard to itself', () => {
  const next = vi.fn();
  const remove = registerCommand('nextChat', next);
  const dialog = document.createElement('div');
  dialog.setAttribute('role', 'dialog');
  document.body.append(dialog);
  press({ code: 'ArrowDown', altKey: true });
  expect(next).not.toHaveBeenCalled();
  dialog.remove();
  press({ code: 'ArrowDown', altKey: true });
  expect(next).toHaveBeenCalledOnce();
  remove();
});

test('no two entries of the table share their keys', () => {
  expect(new Set(shortcuts.map(({ keys }) => keys)).size).toBe(shortcuts.length);
});

test('on a Mac it is Cmd', () => {
  const event = { code: 'KeyK', ctrlKey: false, metaKey: true, altKey: false, shiftKey: false };
  expect(matches('Mod+KeyK', event, true)).toBe(true);
  expect(matches('Mod+KeyK', event, false)).toBe(false);
  expect(keysText('Mod+KeyK', true)).toEqual(['⌘', 'K']);
  expect(keysText('Alt+Shift+ArrowUp', false)).toEqual(['Alt', 'Shift', '↑']);
});
