/* Text to nodes. The subset is what people write in chats, and only what is plainly meant: headings, rules, tables, HTML and
 * pictures stay the letters they are, and whatever is no mark is shown as it was typed, spaces and line breaks too. Time
 * grows with the length of the text. */
import { Fences } from './fences';
import { parseInline } from './inline';
import { listAt } from './lists';
import type { MarkupElement, MarkupNode } from './nodes';

/** Deeper than this nobody can follow: further marks stay letters. */
const NESTING_MAX = 6;
const REMEMBERED_MAX = 600;

const remembered = new Map<string, MarkupNode[]>();

/** The nodes of a text. Rows come and go while one scrolls: the last few hundred texts are parsed once. */
export function parseMarkup(text: string): MarkupNode[] {
  const known = remembered.get(text);
  if (known) return known;
  const nodes = parseBlocks(text.replace(/\r\n?/g, '\n').split('\n'), 0, false);
  if (remembered.size >= REMEMBERED_MAX) {
    const oldest = remembered.keys().next().value;
    if (oldest !== undefined) remembered.delete(oldest);
  }
  remembered.set(text, nodes);
  return nodes;
}

/** What begins at a line and is no paragraph. */
export interface Block {
  node: MarkupElement;
  /** The line after it. */
  end: number;
  /** Words on its first and last line that do not belong to it. */
  before?: string;
  after?: string;
}

function parseBlocks(lines: readonly string[], depth: number, inItem: boolean): MarkupNode[] {
  const fences = new Fences(lines);
  const nodes: MarkupNode[] = [];
  let paragraph: string[] = [];
  const flush = (blockFollows: boolean) => {
    const words = unframed(paragraph, nodes.length > 0, blockFollows).join('\n');
    if (words !== '') nodes.push({ type: 'paragraph', children: parseInline(words) });
    paragraph = [];
  };
  for (let at = 0; at < lines.length;) {
    const block = fences.codeAt(at) ?? (depth < NESTING_MAX ? nestedAt(lines, at, depth, inItem) : null);
    if (!block) {
      paragraph.push((lines[at] ?? '').replace(/^\\(?=> )/, ''));
      at += 1;
      continue;
    }
    if (block.before !== undefined) paragraph.push(block.before);
    flush(true);
    nodes.push(block.node);
    if (block.after !== undefined) paragraph.push(block.after);
    at = block.end;
  }
  flush(false);
  return nodes;
}

function nestedAt(lines: readonly string[], at: number, depth: number, inItem: boolean): Block | null {
  const quote = quoteAt(lines, at);
  if (quote) {
    const children = parseBlocks(quote.lines, depth + 1, false);
    return { node: { type: 'quote', children }, end: quote.end };
  }
  const list = listAt(lines, at, inItem ? 1 : 2);
  if (!list) return null;
  const items = list.items.map(({ marker, lines: inside }): MarkupElement => {
    const blocks = parseBlocks(inside, depth + 1, true);
    const [first] = blocks;
    /* Its only paragraph is the item. */
    const only = blocks.length === 1 && typeof first === 'object' && first.type === 'paragraph' ? first : null;
    return { type: 'item', marker, children: only ? only.children : blocks };
  });
  return { node: { type: list.type, children: items }, end: list.end };
}

/* Lines that begin with "> "; the line after them is the answer. A line of ">" alone parts paragraphs in it. */
function quoteAt(lines: readonly string[], at: number): { lines: string[]; end: number } | null {
  let end = at;
  while (lines[end]?.startsWith('> ') || (end > at && lines[end] === '>')) end += 1;
  return end === at ? null : { lines: lines.slice(at, end).map((line) => line.slice(2)), end };
}

/* Blank lines next to a block are the distance to it. */
function unframed(lines: readonly string[], afterBlock: boolean, beforeBlock: boolean): readonly string[] {
  let from = 0;
  let to = lines.length;
  while (afterBlock && from < to && lines[from]?.trim() === '') from += 1;
  while (beforeBlock && from < to && lines[to - 1]?.trim() === '') to -= 1;
  return lines.slice(from, to);
}
