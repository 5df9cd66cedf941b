/* Short messages at the edge of the screen. Anything may show one; the region that draws them stands in the layout. */

export type ToastAction = { label: string; run: () => void };
export type ToastTone = 'info' | 'error';
export type ToastItem = { id: number; text: string; tone: ToastTone; action: ToastAction | undefined };
export type ToastOptions = {
  tone?: ToastTone;
  action?: ToastAction;
  /* 0: until it is closed. An error with an action waits for the user. */
  timeoutMs?: number;
};

const SHOWN_MAX = 3;
const TIMEOUT_MS = 6000;

let items: readonly ToastItem[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function publish(next: readonly ToastItem[]): void {
  items = next;
  for (const listener of listeners) listener();
}

/* The same text is not stacked: the newer one takes its place. */
export function showToast(text: string, options: ToastOptions = {}): number {
  const { tone = 'info', action } = options;
  const timeoutMs = options.timeoutMs ?? (tone === 'error' && action ? 0 : TIMEOUT_MS);
  const id = nextId++;
  const others = items.filter((item) => item.text !== text);
  publish([...others, { id, text, tone, action }].slice(-SHOWN_MAX));
  if (timeoutMs > 0) setTimeout(() => closeToast(id), timeoutMs);
  return id;
}

export function closeToast(id: number): void {
  if (items.some((item) => item.id === id)) publish(items.filter((item) => item.id !== id));
}

export function subscribeToToasts(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function currentToasts(): readonly ToastItem[] {
  return items;
}
