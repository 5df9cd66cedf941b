/* Parts of the client come as files of their own, and a request for one may fail when the network changes in that second. */
import { lazy, type ComponentType } from 'react';

const PAUSES_MS = [300, 1500];

/** Loads a part, again after a pause when that failed. Rejects when the last try has. */
export async function patiently<T>(load: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES_MS) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return load();
}

/** A component of a part, which is loaded when it is first drawn: lazyPart(() => import('./X'), (part) => part.X) */
export function lazyPart<Part, Props>(load: () => Promise<Part>, pick: (part: Part) => ComponentType<Props>) {
  return lazy(async () => ({ default: pick(await patiently(load)) }));
}
