/* The markup parser, fetched once and shared by all rows. Until it is there, texts are shown as they were written. */
import { useEffect, useState, useSyncExternalStore } from 'react';
import type { MarkupNode } from './nodes';

type Parse = (text: string) => MarkupNode[] | null;

const REMEMBERED_MAX = 600;
const RETRY_AFTER_MS = 5000;
const WAIT_MAX_MS = 1500;

let parse: Parse | null = null;
let loading: Promise<void> | null = null;
const listeners = new Set<() => void>();
const remembered = new Map<string, MarkupNode[] | null>();

/** Starts the download; resolves when rows can be shown with their markup, also when that failed. */
export function loadParser(): Promise<void> {
  loading ??= import('./parser').then(
    (module) => {
      parse = module.parseMarkup;
      listeners.forEach((listener) => {
        listener();
      });
    },
    () => {
      /* Plain text is readable; the next message tries again. */
      setTimeout(() => {
        loading = null;
      }, RETRY_AFTER_MS);
    },
  );
  return loading;
}

/** Whether rows can be shown in their final size. False for the first chat only, and never for long. */
export function useParserReady(): boolean {
  const [waited, setWaited] = useState(parse !== null);
  useEffect(() => {
    if (waited) return;
    const done = () => {
      setWaited(true);
    };
    const timer = setTimeout(done, WAIT_MAX_MS);
    void loadParser().then(done);
    return () => {
      clearTimeout(timer);
    };
  }, [waited]);
  return waited;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The nodes of a text, or null while the parser is not there or the text is best left as it is. */
export function useMarkup(text: string, wanted: boolean): MarkupNode[] | null {
  const current = useSyncExternalStore(subscribe, () => (wanted ? parse : null));
  if (!wanted) return null;
  if (!current) {
    void loadParser();
    return null;
  }
  return recall(current, text);
}

/* Rows come and go while one scrolls: each text is parsed once. */
function recall(current: Parse, text: string): MarkupNode[] | null {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const nodes = current(text);
  if (remembered.size >= REMEMBERED_MAX) {
    const oldest = remembered.keys().next().value;
    if (oldest !== undefined) remembered.delete(oldest);
  }
  remembered.set(text, nodes);
  return nodes;
}
