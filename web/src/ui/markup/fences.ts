/* Blocks of code: lines between two runs of three or more backticks, the same number of them. */
import type { Block } from './parser';

const LANGUAGE = /^[\w+#.-]{1,20}$/;

interface Opening {
  ticks: number;
  before?: string;
  language?: string;
  /** Code on the line of the opening. */
  code?: string;
}

export class Fences {
  /* Numbers of backticks that do not come again. */
  private readonly unclosed = new Set<number>();

  constructor(private readonly lines: readonly string[]) {}

  codeAt(at: number): Block | null {
    const opening = openingOf(this.lines[at] ?? '');
    if (!opening || this.unclosed.has(opening.ticks)) return null;
    const { ticks, before, language } = opening;
    const code = opening.code === undefined ? [] : [opening.code];
    for (let end = at + 1; end < this.lines.length; end++) {
      const line = this.lines[end] ?? '';
      const closing = closingOf(line, ticks);
      if (!closing) {
        code.push(line);
        continue;
      }
      if (closing.code !== undefined) code.push(closing.code);
      return {
        node: { type: 'codeblock', children: [code.join('\n')], ...(language === undefined ? {} : { language }) },
        end: end + 1,
        ...(before === undefined ? {} : { before }),
        ...(closing.after === undefined ? {} : { after: closing.after }),
      };
    }
    this.unclosed.add(ticks);
    return null;
  }
}

/* "```c", "```int a;", or "Look: ```" at the end of a line. */
function openingOf(line: string): Opening | null {
  const found = /^([^`]*)(`{3,})([^`]*)$/.exec(line);
  if (!found) return null;
  const [, before = '', { length: ticks } = '', rest = ''] = found;
  const word = rest.trim();
  if (before.trim() !== '') {
    if (word === '') return { ticks, before };
    return LANGUAGE.test(rest) ? { ticks, before, language: rest } : null;
  }
  if (word === '') return { ticks };
  return LANGUAGE.test(word) ? { ticks, language: word } : { ticks, code: rest };
}

/* "```", "```, he said", or "}```". */
function closingOf(line: string, ticks: number): { code?: string; after?: string } | null {
  const found = /^(.*?)(`+)([^`]*)$/.exec(line);
  if (found?.[2]?.length !== ticks) return null;
  const [, before = '', , after = ''] = found;
  if (before.trim() !== '') return after.trim() === '' ? { code: before } : null;
  if (after.trim() === '') return {};
  return /^[\s.,;:!?)]/.test(after) ? { after: after.trimStart() } : null;
}
