/* Ctrl+F6 goes round the parts of the page (plain F6 belongs to the browser). A part remembers where the focus was. */
import { runCommand } from '@/ui/commands';

const lastFocus = new WeakMap<Element, HTMLElement>();

function parts(): HTMLElement[] {
  const all = [...document.querySelectorAll<HTMLElement>('[data-landmark]')];
  return all.filter((part) => part.checkVisibility?.() ?? true);
}

export function rememberFocus(event: FocusEvent): void {
  if (!(event.target instanceof HTMLElement)) return;
  const part = event.target.closest('[data-landmark]');
  if (part && part !== event.target) lastFocus.set(part, event.target);
}

/** When the part that had the focus has gone: to where it was in the main part before, which is what opened the other, else
 * to where one writes; a finger, whom that would open the keyboard, to the title. */
export function returnFocus(): void {
  if (document.activeElement && document.activeElement !== document.body) return;
  const main = parts().find((part) => part.dataset['landmark'] === 'main');
  if (!main) return;
  const before = lastFocus.get(main);
  if (before?.isConnected && (before.checkVisibility?.() ?? true)) before.focus({ preventScroll: true });
  else if (matchMedia('(pointer: coarse)').matches)
    document.getElementById('chat-title')?.focus({ preventScroll: true });
  else runCommand('focusComposer');
}

/** Whether there was a part to go to. */
export function moveToLandmark(step: 1 | -1): boolean {
  const all = parts();
  const here = all.findIndex((part) => part.contains(document.activeElement));
  const next = here < 0 ? all.at(step > 0 ? 0 : -1) : all[(here + step + all.length) % all.length];
  if (!next) return false;
  const before = lastFocus.get(next);
  if (before?.isConnected && next.contains(before)) before.focus();
  else next.focus();
  return true;
}
