/* Going somewhere, and back: an entry of the history knows where it was opened from, so that the Back button of the page
 * and the one of the browser do the same. */
import { navigate as push } from 'wouter/use-browser-location';

export function goTo(path: string): void {
  if (path === location.pathname + location.search) return;
  push(path, { state: { from: location.pathname, behind: behind(path) } satisfies Entry });
}

interface Entry {
  from?: string;
  /** What the settings lie over, whichever of their pages one is at. */
  behind?: string | undefined;
}

const entry = () => (history.state as Entry | null) ?? {};

function behind(path: string): string | undefined {
  if (!path.startsWith('/settings')) return undefined;
  return location.pathname.startsWith('/settings') ? entry().behind : location.pathname;
}

/** To the chat that was open before the settings were. */
export function leaveSettings(): void {
  goBackTo(entry().behind ?? '/');
}

/** The same place under another name. */
export function goInstead(path: string): void {
  push(path, { replace: true, state: history.state });
}

/** To the place that this one was opened from if that is `parent`, else to `parent` in place of this one. */
export function goBackTo(parent: string): void {
  if (entry().from === parent) history.back();
  else push(parent, { replace: true, state: { behind: behind(parent) } satisfies Entry });
}
