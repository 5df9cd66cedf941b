/* Going somewhere, and back: an entry of the history knows where it was opened from, so that the Back button of the page
 * and the one of the browser do the same. */
import { navigate as push } from 'wouter/use-browser-location';

export function goTo(path: string): void {
  if (path === location.pathname + location.search) return;
  push(path, { state: { from: location.pathname } });
}

/** The same place under another name. */
export function goInstead(path: string): void {
  push(path, { replace: true, state: history.state });
}

/** To the place that this one was opened from if that is `parent`, else to `parent` in place of this one. */
export function goBackTo(parent: string): void {
  const from: unknown = (history.state as { from?: unknown } | null)?.from;
  if (from === parent) history.back();
  else push(parent, { replace: true });
}
