/* Formatting inside a paragraph: code, links, bold, italic, struck, spoilers. Two passes over the signs of a text: one finds
 * what each stands for, in time that grows with the length of the text, one makes nodes of it. */
import { bareLinks, safeHref } from './links';
import { Contents, isMark, isWordy, marksOf, mayClose, mayOpen, type MarkType, type Run } from './marks';
import type { MarkupElement, MarkupNode } from './nodes';

interface Options {
  /** Links are not looked for in the words of a link. */
  links: boolean;
}

interface Mark extends Run {
  type: MarkType;
  /** What it turned out to be. */
  role: 'letters' | 'open' | 'close';
}

type Piece =
  | { kind: 'mark'; at: number; end: number; mark: Mark }
  | { kind: 'node'; at: number; end: number; node: MarkupNode }
  /** A backslash that took away the meaning of the sign after it, and is not shown. */
  | { kind: 'escape'; at: number; end: number };

const MAY_HAVE_MARKUP = /[*_~|`[@\\]|\.\S|:\/\//;
/** An address longer than this is not one. */
const ADDRESS_MAX = 2048;

export function parseInline(text: string, options: Options = { links: true }): MarkupNode[] {
  if (!MAY_HAVE_MARKUP.test(text)) return text === '' ? [] : [text];
  const escapes = findEscapes(text, options);
  return build(text, pieces(text, options, escapes));
}

/* Backslashes before marks. A mark behind one never acts; the backslash itself is shown unless the mark would have acted
 * without it. Inside a word (C:\_me, ¯\_(ツ)_/¯) it is a letter like any other. */
type Escapes = ReadonlyMap<number, 'hidden' | 'shown'>;

function findEscapes(text: string, options: Options): Escapes {
  const found = new Map<number, 'hidden' | 'shown'>();
  const asked: number[] = [];
  for (let at = text.indexOf('\\'); at !== -1; at = text.indexOf('\\', at + 1)) {
    const sign = text.charAt(at + 1);
    if (!isMark(sign) && sign !== '`' && sign !== '[') continue;
    found.set(at, 'shown');
    if (!isInsideWord(text, at)) asked.push(at);
  }
  if (asked.length === 0) return found;

  /* Whether they would act is seen in the text without those backslashes. */
  const taken = new Set(asked);
  const bare: string[] = [];
  const origin: number[] = [];
  for (let at = 0; at < text.length; at++) {
    if (taken.has(at)) continue;
    origin.push(at);
    bare.push(text.charAt(at));
  }
  const others = new Map<number, 'shown'>();
  origin.forEach((from, at) => {
    if (found.has(from)) others.set(at, 'shown');
  });
  for (const at of actingSigns(pieces(bare.join(''), options, others))) {
    const before = (origin[at] ?? 0) - 1;
    if (taken.has(before)) found.set(before, 'hidden');
  }
  return found;
}

function isInsideWord(text: string, at: number): boolean {
  const before = text.charAt(at - 1);
  let end = at + 1;
  while (isMark(text.charAt(end)) || text.charAt(end) === '`') end += 1;
  const after = text.charAt(end);
  return before !== '' && !/[\s([{«"'“„]/.test(before) && after !== '' && !/[\s)\]}»"'”.,:;!?…]/.test(after);
}

/* Where the signs stand that mean something: marks, backticks of code, brackets of links. */
function* actingSigns(all: readonly Piece[]): Generator<number> {
  for (const piece of all) {
    if (piece.kind === 'mark' && piece.mark.role !== 'letters') for (let at = piece.at; at < piece.end; at++) yield at;
    if (piece.kind === 'node' && typeof piece.node !== 'string') {
      yield piece.at;
      yield piece.end - 1;
    }
  }
}

/* In the order of the text; what is between them is letters. */
function pieces(text: string, options: Options, escapes: Escapes): Piece[] {
  const found: Piece[] = [];
  const links = options.links ? bareLinks(text) : [];
  const brackets = options.links ? closingBrackets(text) : new Map<number, number>();
  const ticks = new Ticks(text);
  let link = 0;
  for (let at = 0; at < text.length;) {
    while (link < links.length && (links[link]?.at ?? 0) < at) link += 1;
    const piece =
      escapeAt(at, escapes) ??
      (links[link]?.at === at ? linkPiece(text, links[link]) : undefined) ??
      ticks.codeAt(at) ??
      labelledLinkAt(text, at, brackets);
    if (piece) {
      found.push(...piece);
      at = piece.at(-1)?.end ?? at + 1;
    } else if (isMark(text.charAt(at))) {
      const cluster = clusterAt(text, at, escapes);
      found.push(...cluster.pieces);
      at = cluster.end;
    } else at += 1;
  }
  pair(text, found);
  return found;
}

/* The sign behind the backslash is a letter, whatever becomes of the backslash. */
function escapeAt(at: number, escapes: Escapes): Piece[] | undefined {
  const escape = escapes.get(at);
  if (escape === undefined) return undefined;
  const letter: Piece = { kind: 'node', at: at + 1, end: at + 2, node: '' };
  return escape === 'hidden' ? [{ kind: 'escape', at, end: at + 1 }, letter] : [letter];
}

function linkPiece(text: string, link: { at: number; end: number; href: string } | undefined): Piece[] | undefined {
  if (!link) return undefined;
  const node: MarkupElement = { type: 'link', children: [text.slice(link.at, link.end)], href: link.href };
  return [{ kind: 'node', at: link.at, end: link.end, node }];
}

/* Code between runs of as many backticks. One that follows a letter is an apostrophe. */
class Ticks {
  private readonly ends = new Map<number, number[]>();

  constructor(private readonly text: string) {
    for (const run of text.matchAll(/`+/g)) {
      const length = run[0].length;
      const known = this.ends.get(length);
      if (known) known.push(run.index);
      else this.ends.set(length, [run.index]);
    }
  }

  codeAt(at: number): Piece[] | undefined {
    const { text } = this;
    if (text.charAt(at) !== '`' || text.charAt(at - 1) === '`') return undefined;
    let length = 1;
    while (text.charAt(at + length) === '`') length += 1;
    if (at > 0 && isWordy(text.charAt(at - 1))) return undefined;
    const runs = this.ends.get(length) ?? [];
    while ((runs[0] ?? Infinity) <= at) runs.shift();
    const end = runs[0];
    if (end === undefined) return undefined;
    const inside = text.slice(at + length, end);
    if (inside.trim() === '' || (length < 3 && inside.includes('\n'))) return undefined;
    const code = inside.replace(/^ (?=`)/, '').replace(/(?<=`) $/, '');
    return [{ kind: 'node', at, end: end + length, node: { type: 'code', children: [code] } }];
  }
}

/* Where the bracket closes that opens there. */
function closingBrackets(text: string): Map<number, number> {
  const pairs = new Map<number, number>();
  if (!text.includes('](')) return pairs;
  const open: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const sign = text.charAt(at);
    if (sign === '[') open.push(at);
    else if (sign === ']') {
      const from = open.pop();
      if (from !== undefined && text.charAt(at + 1) === '(') pairs.set(from, at);
    }
  }
  return pairs;
}

/* [words](address) */
function labelledLinkAt(text: string, at: number, brackets: ReadonlyMap<number, number>): Piece[] | undefined {
  const close = text.charAt(at) === '[' ? brackets.get(at) : undefined;
  if (close === undefined) return undefined;
  if (!/^(?:https?|mailto):/i.test(text.slice(close + 2, close + 10))) return undefined;
  const words = text.slice(at + 1, close);
  const end = words.trim() === '' || words.includes('\n\n') ? null : addressEnd(text, close + 2);
  if (end === null) return undefined;
  const href = safeHref(text.slice(close + 2, end));
  if (href === null) return undefined;
  const children = parseInline(words, { links: false });
  return [{ kind: 'node', at, end: end + 1, node: linkOf(children, href) }];
}

/* A link that hides some of its words hides whole: there is nothing to press inside of what one presses. */
function linkOf(words: MarkupNode[], href: string): MarkupElement {
  const open = (nodes: readonly MarkupNode[]): MarkupNode[] =>
    nodes.flatMap((node): MarkupNode[] => {
      if (typeof node === 'string') return [node];
      const children = open(node.children);
      return node.type === 'spoiler' ? children : [{ ...node, children }];
    });
  const hides = (nodes: readonly MarkupNode[]): boolean =>
    nodes.some((node) => typeof node !== 'string' && (node.type === 'spoiler' || hides(node.children)));
  if (!hides(words)) return { type: 'link', children: words, href };
  return { type: 'spoiler', children: [{ type: 'link', children: open(words), href }] };
}

function addressEnd(text: string, from: number): number | null {
  let depth = 0;
  for (let at = from; at < text.length && at < from + ADDRESS_MAX; at++) {
    const sign = text.charAt(at);
    if (/[\s<>]/.test(sign)) return null;
    if (sign === '(') depth += 1;
    if (sign === ')') {
      if (depth === 0) return at;
      depth -= 1;
    }
  }
  return null;
}

/* Runs of marks that touch each other: what stands around them counts for each. */
function clusterAt(text: string, at: number, escapes: Escapes): { pieces: Piece[]; end: number } {
  let end = at;
  while (isMark(text.charAt(end))) end += 1;
  /* A mark that was made a letter is no letter of the word. */
  const before = escapes.get(at - 2) === 'hidden' ? '' : text.charAt(at - 1);
  const after = text.charAt(end);
  const next = text.charAt(end + 1);
  const found: Piece[] = [];
  for (let from = at; from < end;) {
    const sign = text.charAt(from);
    let length = 1;
    while (from + length < end && text.charAt(from + length) === sign) length += 1;
    const run: Run = { length, sign, before, after, next };
    let start = from;
    if (mayOpen(run) || mayClose(run)) {
      for (const type of marksOf(sign, length)) {
        const size = type === 'em' ? 1 : 2;
        found.push({ kind: 'mark', at: start, end: start + size, mark: { ...run, type, role: 'letters' } });
        start += size;
      }
    }
    from += length;
  }
  return { pieces: found, end };
}

/* Gives each mark its role: a closing one belongs to the last of its kind that is open, and whatever was begun between
 * them is letters. */
function pair(text: string, all: readonly Piece[]): void {
  const open: Extract<Piece, { kind: 'mark' }>[] = [];
  const waiting = new Map<string, number>();
  let contents: Contents | null = null;
  const keyOf = ({ mark }: { mark: Mark }) => mark.sign + mark.type;
  const drop = () => {
    const last = open.pop();
    if (last) waiting.set(keyOf(last), (waiting.get(keyOf(last)) ?? 1) - 1);
    return last;
  };
  for (const piece of inClosingOrder(all, open)) {
    const { mark } = piece;
    if (mayClose(mark) && (waiting.get(keyOf(piece)) ?? 0) > 0) {
      let opener = drop();
      while (opener && keyOf(opener) !== keyOf(piece)) opener = drop();
      contents ??= new Contents(text);
      if (opener && contents.between(opener.end, piece.at, mark.sign, mark.type === 'em' ? 1 : 2)) {
        opener.mark.role = 'open';
        mark.role = 'close';
      }
    } else if (mayOpen(mark)) {
      open.push(piece);
      waiting.set(keyOf(piece), (waiting.get(keyOf(piece)) ?? 0) + 1);
    }
  }
}

/* "***" that closes gives its star to the innermost: which that is, is known when it is reached. */
function* inClosingOrder(
  all: readonly Piece[],
  open: readonly Extract<Piece, { kind: 'mark' }>[],
): Generator<Extract<Piece, { kind: 'mark' }>> {
  for (let i = 0; i < all.length; i++) {
    const piece = all[i];
    const second = all[i + 1];
    if (piece?.kind !== 'mark') continue;
    const triple = piece.mark.length === 3 && second?.kind === 'mark' && second.at === piece.end;
    if (triple && open.at(-1)?.mark.type === 'em') {
      [piece.mark.type, second.mark.type] = ['em', 'strong'];
      piece.end = piece.at + 1;
      second.at = piece.end;
    }
    yield piece;
  }
}

/* Elements from marks; letters between them. */
function build(text: string, all: readonly Piece[]): MarkupNode[] {
  const root: MarkupNode[] = [];
  const open: MarkupNode[][] = [root];
  let at = 0;
  const letters = (end: number) => {
    if (end <= at) return;
    const into = open.at(-1);
    const last = into?.at(-1);
    const words = text.slice(at, end);
    if (into && typeof last === 'string') into[into.length - 1] = last + words;
    else into?.push(words);
  };
  for (const piece of all) {
    if (piece.kind === 'mark' && piece.mark.role === 'letters') continue;
    if (piece.kind === 'node' && typeof piece.node === 'string') continue;
    letters(piece.at);
    at = piece.end;
    if (piece.kind === 'node') open.at(-1)?.push(piece.node);
    else if (piece.kind === 'mark' && piece.mark.role === 'close') open.pop();
    else if (piece.kind === 'mark') {
      const element: MarkupElement = { type: piece.mark.type, children: [] };
      open.at(-1)?.push(element);
      open.push(element.children);
    }
  }
  letters(text.length);
  return root;
}
