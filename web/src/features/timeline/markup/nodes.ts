/* What a message's text is made of, once its markup is understood. Plain data: the parser makes it, React shows it. */

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
    | 'link'
    | 'break';
  children: MarkupNode[];
  /** Of a link: http, https or mailto, nothing else. */
  href?: string;
  /** Of a numbered list: its first number. */
  start?: number;
  /** Of a code block: the language named after the fence. */
  language?: string;
}

/** The letters alone, as they are copied or read aloud while a spoiler hides the rest. */
export function plainText(nodes: readonly MarkupNode[]): string {
  return nodes
    .map((node) => (typeof node === 'string' ? node : node.type === 'break' ? '\n' : plainText(node.children)))
    .join('');
}
