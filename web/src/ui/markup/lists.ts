/* Lists: two lines or more that begin with the same mark. Their numbers are those that were typed. */

export interface List {
  type: 'bullets' | 'numbers';
  items: { marker: string; lines: string[] }[];
  /** The line after it. */
  end: number;
}

interface Head {
  indent: number;
  /** Of one list: the bullet, or what stands behind the number. */
  kind: string;
  marker: string;
  words: string;
}

/* Longer numbers are years: "1986. A great year." */
const ITEM = /^([ \t]*)(?:([-*])|(\d{1,3})([.)]))[ \t]+(?=\S)(.*)$/;
const BULLETS: Record<string, string | undefined> = { '-': '–', '*': '•' };

function headOf(line: string): Head | null {
  const found = ITEM.exec(line);
  if (!found) return null;
  const [, space = '', bullet, number, delimiter, words = ''] = found;
  return {
    indent: width(space),
    kind: bullet ?? delimiter ?? '',
    marker: bullet === undefined ? `${number ?? ''}${delimiter ?? ''}` : (BULLETS[bullet] ?? bullet),
    words,
  };
}

export function listAt(lines: readonly string[], at: number, itemsMin: number): List | null {
  const head = headOf(lines[at] ?? '');
  if (!head) return null;
  const list: List = { type: BULLETS[head.kind] === undefined ? 'numbers' : 'bullets', items: [], end: at };
  let next = at;
  while (next < lines.length) {
    const line = lines[next] ?? '';
    const item = headOf(line);
    const within = width(/^[ \t]*/.exec(line)?.[0] ?? '') >= head.indent + 2;
    if (line.trim() === '') {
      next += 1;
      continue;
    }
    if (item && !within && item.kind === head.kind && item.indent >= head.indent) {
      list.items.push({ marker: item.marker, lines: [item.words] });
    } else if (within && next > at) {
      const last = list.items.at(-1)?.lines;
      last?.push(...lines.slice(list.end, next).map(() => ''), outdented(line, head.indent + 2));
    } else break;
    next += 1;
    list.end = next;
  }
  return list.items.length >= itemsMin ? list : null;
}

function width(space: string): number {
  return space.replaceAll('\t', '    ').length;
}

/* Without the indentation of its item; what is deeper keeps the rest. */
function outdented(line: string, columns: number): string {
  const space = /^[ \t]*/.exec(line)?.[0] ?? '';
  return ' '.repeat(Math.max(0, width(space) - columns)) + line.slice(space.length);
}
