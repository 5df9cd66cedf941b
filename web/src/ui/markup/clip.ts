/* Cutting what is too long to be shown at once. Nodes are cut, never the text they were made of: a spoiler whose end is cut
 * off stays a spoiler. And never inside of what a reader sees as one sign. */
import type { MarkupNode } from './nodes';

export interface Limits {
  signs: number;
  lines: number;
  elements: number;
}

/** A cut that hides less than this only annoys. */
const WORTH_HIDING = 200;
/** A cut goes back to a space that is this near. */
const SPACE_WITHIN = 80;

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The beginning of a text, at most `length` long, that does not end inside a grapheme. */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  const around = segmenter.segment(text.slice(0, length + WORTH_HIDING));
  const end = around.containing(length)?.index ?? length;
  /* What is longer than this is no sign that anybody can read. */
  if (length - end > WORTH_HIDING || end === 0) return text.slice(0, length).replace(/[\ud800-\udbff]$/, '');
  return text.slice(0, end);
}

/** The beginning of the nodes, or null when all of them may be shown. */
export function clipNodes(nodes: readonly MarkupNode[], limits: Limits): MarkupNode[] | null {
  const whole = sizeOf(nodes);
  const longer = whole.signs > limits.signs + WORTH_HIDING;
  if (!longer && whole.lines <= limits.lines && whole.elements <= limits.elements) return null;
  const left = { ...limits };
  return clip(nodes, left);
}

function sizeOf(nodes: readonly MarkupNode[]): Limits {
  const size = { signs: 0, lines: 1, elements: 0 };
  const add = (node: MarkupNode, index: number) => {
    if (typeof node === 'string') {
      size.signs += node.length;
      size.lines += breaksIn(node);
      return;
    }
    size.elements += 1;
    if (index > 0 && isLine(node)) size.lines += 1;
    node.children.forEach(add);
  };
  nodes.forEach(add);
  return size;
}

function isLine(node: Exclude<MarkupNode, string>): boolean {
  return ['paragraph', 'quote', 'bullets', 'numbers', 'item', 'codeblock'].includes(node.type);
}

function breaksIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

/* Takes from `left` what it shows, and ends when nothing is left. */
function clip(nodes: readonly MarkupNode[], left: Limits): MarkupNode[] {
  const shown: MarkupNode[] = [];
  for (const [index, node] of nodes.entries()) {
    if (left.signs <= 0 || left.lines <= 0) break;
    if (typeof node === 'string') {
      shown.push(clipText(node, left));
      continue;
    }
    if (left.elements <= 0) break;
    left.elements -= 1;
    if (index > 0 && isLine(node)) left.lines -= 1;
    if (left.lines > 0) shown.push({ ...node, children: clip(node.children, left) });
  }
  return shown;
}

function clipText(text: string, left: Limits): string {
  let end = text.length;
  for (let at = text.indexOf('\n'); at !== -1 && end === text.length; at = text.indexOf('\n', at + 1)) {
    left.lines -= 1;
    if (left.lines <= 0) end = at;
  }
  if (end <= left.signs) {
    left.signs -= end;
    return text.slice(0, end);
  }
  const words = cutText(text, left.signs);
  left.signs = 0;
  const space = words.lastIndexOf(' ');
  return space > 0 && space > words.length - SPACE_WITHIN ? words.slice(0, space) : words;
}
