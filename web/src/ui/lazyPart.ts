/* Parts of the client come as files of their own, and a request for one may fail when the network changes in that second. */
import { createElement, lazy, type ComponentType } from 'react';

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

/* Those that did not come. React keeps a failure for good, so they need another component to be asked for again. */
const failed = new Set<() => void>();

/** Parts that did not come are asked for anew when they are drawn next. */
export function askAgain(): void {
  for (const renew of failed) renew();
  failed.clear();
}

/** A component of a part, which is loaded when it is first drawn: lazyPart(() => import('./X'), (part) => part.X) */
export function lazyPart<Part, Props extends object>(
  load: () => Promise<Part>,
  pick: (part: Part) => ComponentType<Props>,
) {
  const make = () =>
    lazy(async () => {
      try {
        return { default: pick(await patiently(load)) };
      } catch (error) {
        failed.add(renew);
        throw error;
      }
    });
  let Part = make();
  const renew = () => {
    Part = make();
  };
  return function LazyPart(props: Props) {
    return createElement(Part as ComponentType<Props>, props);
  };
}
