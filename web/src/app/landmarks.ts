/* Ctrl+F6 goes round the parts of the page (plain F6 belongs to the browser). A part remembers where the focus was. */
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
