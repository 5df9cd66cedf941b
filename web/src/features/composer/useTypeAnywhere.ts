import { useEffect, type RefObject } from 'react';

/* Where letters have a meaning of their own: fields, and lists that find an entry by its first letters. */
const TAKES_LETTERS =
  'input, textarea, select, [contenteditable], [role="grid"], [role="listbox"], [role="menu"], [role="tree"], [role="radiogroup"]';
const ON_TOP = '[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"]';

/* One sign that is written, and no shortcut. A space presses buttons and scrolls. */
function writes(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.isComposing || event.metaKey) return false;
  // AltGr, which writes, counts as both on Windows.
  if ((event.ctrlKey || event.altKey) && !event.getModifierState('AltGraph')) return false;
  return [...event.key].length === 1 && event.key !== ' ';
}

function isTaken(field: HTMLElement): boolean {
  const active = document.activeElement;
  if (active?.closest(TAKES_LETTERS) || field.closest('[inert], [aria-hidden="true"]')) return true;
  // Something is being selected, to be copied: the selection stays.
  if (!(document.getSelection()?.isCollapsed ?? true)) return true;
  return document.querySelector(ON_TOP) !== null;
}

/** A letter that is typed where no field is goes to this one, the first one too: it gets the focus before the letter is written. */
export function useTypeAnywhere(field: RefObject<HTMLTextAreaElement | null>): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (field.current && writes(event) && !isTaken(field.current)) field.current.focus({ preventScroll: true });
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [field]);
}
