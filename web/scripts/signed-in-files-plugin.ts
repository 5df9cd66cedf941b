/* Tells public/early.js which files somebody who is signed in needs beside those of the page: they are then asked for at once, and
 * not when the first of the page's own scripts has run. Who signs in is not made to load them. */
import type { Plugin } from 'vite';

const PART = '/src/app/Workspace.tsx';

interface Chunk {
  type: 'chunk' | 'asset';
  fileName: string;
  facadeModuleId?: string | null;
  isEntry?: boolean;
  imports?: string[];
  viteMetadata?: { importedCss: Set<string> };
}

/** A chunk with all that it imports at once, and their styles. */
function filesOf(chunk: Chunk, byName: ReadonlyMap<string, Chunk>): Set<string> {
  const chunks = new Set([chunk]);
  for (const each of chunks)
    for (const name of each.imports ?? []) {
      const imported = byName.get(name);
      if (imported) chunks.add(imported);
    }
  return new Set([...chunks].flatMap((one) => [one.fileName, ...(one.viteMetadata?.importedCss ?? [])]));
}

export function signedInFiles(): Plugin {
  return {
    name: 'molva-signed-in-files',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle }) {
        const byName = new Map(Object.entries((bundle ?? {}) as unknown as Record<string, Chunk>));
        const chunks = [...byName.values()].filter(({ type }) => type === 'chunk');
        const part = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith(PART));
        const entry = chunks.find(({ isEntry }) => isEntry);
        if (!part || !entry) throw new Error(`no chunk of ${PART}`);
        const there = filesOf(entry, byName);
        const files = [...filesOf(part, byName)].filter((name) => !there.has(name)).map((name) => `/${name}`);
        const marked = html.replace('<script src="/early.js"', `$& data-signed-in="${files.join(' ')}"`);
        if (marked === html) throw new Error('index.html has no early.js');
        return marked;
      },
    },
  };
}
