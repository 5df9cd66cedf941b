import { useSyncExternalStore } from 'react';

/* What screen readers are told beside the focus. One host per page; anything may speak through announce(). */
type Spoken = { text: string; count: number };

let spoken: Spoken = { text: '', count: 0 };
const listeners = new Set<() => void>();

/* Says it politely, after what is being read. The same text again is said again. */
export function announce(text: string): void {
  spoken = { text, count: spoken.count + 1 };
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function LiveRegion() {
  const { text, count } = useSyncExternalStore(subscribe, () => spoken);
  /* Two regions take turns, so that a repeated text is a change. */
  return (
    <div className="visually-hidden">
      <div role="status">{count % 2 ? text : ''}</div>
      <div role="status">{count % 2 ? '' : text}</div>
    </div>
  );
}
