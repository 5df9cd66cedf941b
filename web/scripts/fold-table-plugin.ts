/* `virtual:fold-table` is the table of src/base/fold.txt, from which the server's is made too. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const NAME = 'virtual:fold-table';
const SOURCE = fileURLToPath(new URL('../../src/base/fold.txt', import.meta.url));

function foldTable(text: string) {
  const rows = text.split('\n').map((line) => (line.split('#')[0] ?? '').trim().split(/\s+/));
  const of = (kind: string) =>
    rows.flatMap(([first, ...values]): [string, string][] => (first === kind ? [values as [string, string]] : []));
  const sign = (hex: string) => String.fromCodePoint(Number.parseInt(hex, 16));
  return {
    letters: Object.fromEntries(of('letter')),
    dropped: of('drop')
      .map(([first, last]) => `\\u{${first}}-\\u{${last}}`)
      .join(''),
    kept: of('keep').map(([letter, mark]) => letter + sign(mark)),
  };
}

export function foldTableModule(): Plugin {
  return {
    name: 'molva-fold-table',
    resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
    load(id) {
      if (id !== `\0${NAME}`) return null;
      this.addWatchFile(SOURCE);
      const table = foldTable(readFileSync(SOURCE, 'utf8'));
      return Object.entries(table)
        .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`)
        .join('\n');
    },
  };
}
