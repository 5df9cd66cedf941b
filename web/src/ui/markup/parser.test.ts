import { describe, expect, test } from 'vitest';
import { hostileTexts } from '../../../e2e/fixtures/hostile';
import { asTyped, formatted } from '../../../scripts/markup-inputs';
import { plainText, visibleText, type MarkupElement, type MarkupNode } from './nodes';
import { parseMarkup } from './parser';
import { preview } from './preview';

const LINES = new Set<MarkupElement['type']>(['paragraph', 'quote', 'bullets', 'numbers', 'codeblock']);

/* Nodes as one string; blocks stand on lines of their own, and paragraphs need no tags. */
function written(nodes: readonly MarkupNode[]): string {
  return nodes.map((node, index) => (index > 0 && isLine(node) ? '\n' : '') + one(node)).join('');
}

function isLine(node: MarkupNode): boolean {
  return typeof node !== 'string' && LINES.has(node.type);
}

function one(node: MarkupNode): string {
  if (typeof node === 'string') return node;
  const inside = written(node.children);
  if (node.type === 'paragraph') return inside;
  const detail = node.href ?? node.marker ?? node.language;
  return `<${node.type}${detail === undefined ? '' : ` ${detail}`}>${inside}</${node.type}>`;
}

test('there are 150 inputs at least', () => {
  expect(asTyped.length + formatted.length).toBeGreaterThanOrEqual(150);
});

describe('what is no formatting is shown as it was typed', () => {
  test.each(asTyped)('%j', (text) => {
    expect(written(parseMarkup(text))).toBe(text);
  });
});

describe('what plainly is formatting', () => {
  test.each(formatted)('%j is %j', (text, want) => {
    expect(written(parseMarkup(text))).toBe(want);
  });
});

describe('what is shown before a spoiler is opened', () => {
  test.each([
    ['it was ||the butler||', 'it was ▒▒▒'],
    ['> ||the butler||\nno', '▒▒▒ no'],
    ['||one\n\ntwo|| three', '▒▒▒ three'],
    ['[||the butler||](https://example.com)', '▒▒▒'],
    ['||https://butler.example/|| see', '▒▒▒ see'],
    ['||**the butler**||', '▒▒▒'],
    ['- ||a||\n- ||b||', '– ▒▒▒ – ▒▒▒'],
    ['**Важно**: смотри `код`', 'Важно: смотри код'],
    ['one\n\ntwo', 'one two'],
    ['see [the plan](https://example.org/plan)', 'see the plan'],
    ['```c\nint a;\n```', 'int a;'],
    ['2 * 3 * 4', '2 * 3 * 4'],
    ['2. a\n5. b', '2. a 5. b'],
    [String.raw`¯\_(ツ)_/¯`, String.raw`¯\_(ツ)_/¯`],
  ])('%j is previewed as %j', (text, want) => {
    expect(preview(text, { hidden: '▒▒▒', length: 120 })).toBe(want);
  });

  test.each([
    ['inside a spoiler', 'it was ||the butler, who', 'it was ▒▒▒'],
    ['behind a blank in a spoiler', 'it was ||the ', 'it was ▒▒▒'],
    ['in the bars that close a spoiler', 'it was ||the butler|', 'it was ▒▒▒'],
    ['inside the second spoiler', '||a|| and ||b', '▒▒▒ and ▒▒▒'],
    ['inside bold in a spoiler', 'it was ||the **but', 'it was ▒▒▒'],
    ['behind a spoiler', 'it was ||the butler||, who', 'it was ▒▒▒, who'],
    ['behind bars that hide nothing', 'a || b || c', 'a || b || c'],
    ['nowhere near a spoiler', 'it was **the butler** who', 'it was the butler who'],
  ])('what was cut off %s hides what it hid', (_label, text, want) => {
    expect(preview(text, { hidden: '▒▒▒', truncated: true, length: 120 })).toBe(want);
  });

  test('a preview is short, and ends between graphemes', () => {
    const family = '👩‍👩‍👧‍👦';
    const line = preview(family.repeat(400), { hidden: '', length: 120 });
    expect(line.length).toBeLessThanOrEqual(121);
    expect(line.replaceAll(family, '')).toBe('…');
    expect(preview('e\u0301'.repeat(100), { hidden: '', length: 121 })).toBe(`${'e\u0301'.repeat(60)}…`);
    expect(preview('🇷🇺'.repeat(100), { hidden: '', length: 122 })).toBe(`${'🇷🇺'.repeat(30)}…`);
  });
});

describe.each(hostileTexts)('hostile: $label', ({ text }) => {
  const nodes = parseMarkup(text);

  test('keeps its letters', () => {
    const letters = (s: string) => s.replace(/[^\p{L}\p{N}]/gu, '');
    const shown = letters(plainText(nodes));
    /* Links show their words, not their address; everything else is there in full. */
    if (!text.includes('](')) expect(letters(visibleText(nodes, ''))).toBe(letters(text));
    expect(shown.length > 0 || letters(text) === '').toBe(true);
  });

  test('leads only where one may go', () => {
    const links: string[] = [];
    const visit = (node: MarkupNode): void => {
      if (typeof node === 'string') return;
      if (node.type === 'link') links.push(node.href ?? 'none');
      node.children.forEach(visit);
    };
    nodes.forEach(visit);
    expect(links.filter((href) => !/^(https?|mailto):/.test(href))).toEqual([]);
  });
});
