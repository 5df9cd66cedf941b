/* Text to nodes, by markdown-it's tokens. Loaded on demand (useParser): it is the largest part of the timeline.
 * The subset is what people write in chats; HTML, images, headings, tables and references stay the letters they are. */
import MarkdownIt from 'markdown-it';
import type { MarkupElement, MarkupNode } from './nodes';
import { safeHref } from './links';
import { spoiler, textUpToMarkup } from './spoiler';

/** Deeper than this nobody can follow; the text is then shown as it was written. */
const NESTING_MAX = 20;
/** More pieces than this make the page slow, and are no longer prose. */
const NODES_MAX = 800;

const md = new MarkdownIt('zero', {
  html: false,
  linkify: true,
  breaks: true,
  maxNesting: NESTING_MAX,
});
md.enable([
  'blockquote',
  'fence',
  'list',
  'newline',
  'escape',
  'backticks',
  'strikethrough',
  'emphasis',
  'link',
  'autolink',
  'linkify',
]);
md.inline.ruler.at('text', textUpToMarkup);
md.inline.ruler.before('emphasis', 'spoiler', spoiler);
md.linkify.set({ fuzzyLink: true }).add('ftp:', null).add('//', null);
md.validateLink = (url) => safeHref(url) !== null;

const ELEMENTS: Record<string, MarkupElement['type'] | undefined> = {
  paragraph_open: 'paragraph',
  blockquote_open: 'quote',
  bullet_list_open: 'bullets',
  ordered_list_open: 'numbers',
  list_item_open: 'item',
  strong_open: 'strong',
  em_open: 'em',
  s_open: 'strike',
  spoiler_open: 'spoiler',
  link_open: 'link',
};

type Token = ReturnType<typeof md.parse>[number];

class TooMuch extends Error {}

/** The nodes of a text, or null when its markup goes too far and the text is best shown as it is. */
export function parseMarkup(text: string): MarkupNode[] | null {
  try {
    const builder = new Builder();
    builder.add(md.parse(endQuotes(text), {}));
    return builder.root;
  } catch (error) {
    if (error instanceof TooMuch) return null;
    throw error;
  }
}

/* In a chat the line after a quote is the answer to it. CommonMark would make it a part of the quote. */
function endQuotes(text: string): string {
  if (!/^ {0,3}>/m.test(text)) return text;
  let fenced = false;
  let quoted = false;
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    const quote = !fenced && /^ {0,3}>/.test(line);
    if (quoted && !quote && line.trim() !== '') lines.push('');
    if (!quote && /^ {0,3}(```|~~~)/.test(line)) fenced = !fenced;
    quoted = quote;
    lines.push(line);
  }
  return lines.join('\n');
}

class Builder {
  readonly root: MarkupNode[] = [];
  private readonly open: MarkupNode[][] = [this.root];
  private count = 0;

  add(tokens: readonly Token[]): void {
    for (const token of tokens) this.addToken(token);
  }

  private addToken(token: Token): void {
    if (token.level >= NESTING_MAX - 1) throw new TooMuch();
    switch (token.type) {
      case 'inline':
        this.add(token.children ?? []);
        return;
      case 'softbreak':
      case 'hardbreak':
        this.leaf({ type: 'break', children: [] });
        return;
      case 'code_inline':
        this.leaf({ type: 'code', children: [token.content] });
        return;
      case 'fence':
        this.leaf(codeBlock(token));
        return;
      default:
        this.addNested(token);
    }
  }

  private addNested(token: Token): void {
    if (token.nesting === -1) {
      if (!token.hidden) this.open.pop();
      return;
    }
    const type = ELEMENTS[token.type];
    if (token.nesting === 0 || !type) {
      if (token.content) this.leaf(token.content);
      return;
    }
    /* A tight list's paragraphs are hidden: their text belongs to the item. */
    if (token.hidden) return;
    const element: MarkupElement = { type, children: [] };
    if (type === 'link') element.href = safeHref(attribute(token, 'href')) ?? undefined;
    if (type === 'numbers') element.start = Number(attribute(token, 'start') || '1');
    this.leaf(element);
    this.open.push(element.children);
  }

  private leaf(node: MarkupNode): void {
    this.count += 1;
    if (this.count > NODES_MAX) throw new TooMuch();
    this.open.at(-1)?.push(node);
  }
}

function codeBlock(token: Token): MarkupElement {
  const language = token.info.trim().split(/\s+/)[0];
  return {
    type: 'codeblock',
    children: [token.content.replace(/\n$/, '')],
    ...(language ? { language } : {}),
  };
}

function attribute(token: Token, name: string): string {
  const value: unknown = token.attrGet(name);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
