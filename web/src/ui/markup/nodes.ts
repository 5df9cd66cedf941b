/* What a text is made of, once its markup is understood. Plain data: the parser makes it, screens show it. */

export type MarkupNode = string | MarkupElement;

export interface MarkupElement {
  type:
    | 'paragraph'
    | 'quote'
    | 'bullets'
    | 'numbers'
    | 'item'
    | 'strong'
    | 'em'
    | 'strike'
    | 'spoiler'
    | 'code'
    | 'codeblock'
    | 'link';
  /** Strings among them keep their spaces and line breaks. */
  children: MarkupNode[];
  /** Of a link: http, https or mailto, nothing else. */
  href?: string;
  /** Of an item: what stands before it, with its number as it was typed. */
  marker?: string;
  /** Of a code block: the language named after the fence. */
  language?: string;
}

const BLOCKS = new Set<MarkupElement['type']>(['paragraph', 'quote', 'bullets', 'numbers', 'item', 'codeblock']);

/** The letters alone, those of spoilers among them: for what is copied or compared, never for what is shown. */
export function plainText(nodes: readonly MarkupNode[]): string {
  return nodes.map((node) => (typeof node === 'string' ? node : plainText(node.children))).join('');
}

/** What a reader sees before any spoiler is opened: `hidden` stands for each. Blocks end with a line break. */
export function visibleText(nodes: readonly MarkupNode[], hidden: string): string {
  return nodes
    .map((node) => {
      if (typeof node === 'string') return node;
      if (node.type === 'spoiler') return hidden;
      const words = visibleText(node.children, hidden);
      if (!BLOCKS.has(node.type)) return words;
      return `${node.marker === undefined ? '' : `${node.marker} `}${words.endsWith('\n') ? words : `${words}\n`}`;
    })
    .join('');
}
