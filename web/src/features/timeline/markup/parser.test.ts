import { describe, expect, test } from 'vitest';
import { hostileTexts } from '../../../../e2e/fixtures/hostile';
import { plainText, type MarkupElement, type MarkupNode } from './nodes';
import { parseMarkup } from './parser';

const el = (type: MarkupElement['type'], ...children: MarkupNode[]): MarkupElement => ({
  type,
  children,
});
const p = (...children: MarkupNode[]) => el('paragraph', ...children);

describe('markup of a message', () => {
  const cases: [label: string, text: string, want: MarkupNode[]][] = [
    ['bold', '**да**', [p(el('strong', 'да'))]],
    ['italic', '_да_ и *нет*', [p(el('em', 'да'), ' и ', el('em', 'нет'))]],
    ['struck', '~~old~~', [p(el('strike', 'old'))]],
    ['code', 'run `a * b * c`', [p('run ', el('code', 'a * b * c'))]],
    ['names_with_underscores', 'a_b_c', [p('a_b_c')]],
    ['spoiler', 'he ||dies *twice*|| here', [p('he ', el('spoiler', 'dies ', el('em', 'twice')), ' here')]],
    ['a spoiler without an end', 'a || b', [p('a || b')]],
    ['empty spoiler', '||||', [p('||||')]],
    ['lines', 'a\nb', [p('a', el('break'), 'b')]],
    ['quote and answer', '> said\nanswer', [el('quote', p('said')), p('answer')]],
    ['a fence keeps its angle brackets', '```\n> a\nb\n```', [el('codeblock', '> a\nb')]],
    ['list', '- a\n- b', [el('bullets', el('item', 'a'), el('item', 'b'))]],
    ['no heading', '# a', [p('# a')]],
    ['no rule', '---', [p('---')]],
    ['no html', '<b>x</b>', [p('<b>x</b>')]],
    ['no picture', '![a](https://x.example/i.png)', [p('!', { ...el('link', 'a'), href: 'https://x.example/i.png' })]],
    [
      'bare address',
      'see example.com.',
      [p('see ', { ...el('link', 'example.com'), href: 'http://example.com/' }, '.')],
    ],
    ['address in Cyrillic', 'пример.рф', [p({ ...el('link', 'пример.рф'), href: 'http://xn--e1afmkfd.xn--p1ai/' })]],
    ['mail', 'a@b.example.com', [p({ ...el('link', 'a@b.example.com'), href: 'mailto:a@b.example.com' })]],
    ['code block', '```c\nint a;\n```', [{ ...el('codeblock', 'int a;'), language: 'c' }]],
    ['numbers', '3. a\n4. b', [{ ...el('numbers', el('item', 'a'), el('item', 'b')), start: 3 }]],
  ];
  test.each(cases)('%s', (_, text, want) => {
    expect(parseMarkup(text)).toEqual(want);
  });

  test('deeper than anybody can follow is left as it is', () => {
    expect(parseMarkup('> '.repeat(30) + 'deep')).toBeNull();
  });
});

describe.each(hostileTexts)('hostile: $label', ({ text }) => {
  const nodes = parseMarkup(text);

  test('keeps its letters', () => {
    if (!nodes) return;
    const letters = (s: string) => s.replace(/[^\p{L}\p{N}]/gu, '');
    const shown = letters(plainText(nodes));
    /* Links show their words, not their address; everything else is there in full. */
    if (!text.includes('](') && !text.includes('```')) expect(shown).toBe(letters(text));
    expect(shown.length > 0 || letters(text) === '').toBe(true);
  });

  test('leads only where one may go', () => {
    const links: string[] = [];
    const visit = (node: MarkupNode): void => {
      if (typeof node === 'string') return;
      if (node.type === 'link') links.push(node.href ?? 'none');
      node.children.forEach(visit);
    };
    nodes?.forEach(visit);
    expect(links.filter((href) => !/^(https?|mailto):/.test(href))).toEqual([]);
  });
});
