/* Parts of the client come as files of their own, and a request for one may fail when the network changes in that second. */
import { createElement, lazy, useState, type ComponentType, type ReactElement } from 'react';

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

export interface LazyPart<Props> {
  (props: Props): ReactElement;
  /** Loads it before it is drawn. A part that is there is drawn at once; for one that is not, React leaves a gap and fills it no
   * sooner than 300 ms after the gap was drawn. Rejects when it cannot be had; it is to be drawn then, so that its place says so. */
  preload(): Promise<void>;
}

/** A component of a part, which is loaded when it is first drawn: lazyPart(() => import('./X'), (part) => part.X) */
export function lazyPart<Part, Props extends object>(
  load: () => Promise<Part>,
  pick: (part: Part) => ComponentType<Props>,
): LazyPart<Props> {
  let here: ComponentType<Props> | null = null;
  let coming: Promise<ComponentType<Props>> | null = null;
  const come = () => (coming ??= patiently(load).then((part) => (here = pick(part))));
  const make = () =>
    lazy(async () => {
      try {
        return { default: await come() };
      } catch (error) {
        failed.add(renew);
        throw error;
      }
    });
  let Part = make();
  const renew = () => {
    coming = null;
    Part = make();
  };
  function LazyPart(props: Props) {
    // The same one for as long as it is drawn.
    const [Component] = useState(() => here ?? (Part as ComponentType<Props>));
    return createElement(Component, props);
  }
  return Object.assign(LazyPart, { preload: async () => void (await come()) });
}
