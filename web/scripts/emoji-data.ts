/* What the client knows of emoji, out of emojibase-data: names in both languages, in columns, which compress best. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { EmojiColumns } from '../src/ui/emoji/data.ts';
import { toned, TONES } from '../src/ui/emoji/tones.ts';

interface Source {
  hexcode: string;
  emoji: string;
  label: string;
  tags?: string[];
  group?: number;
  version: number;
  skins?: { emoji: string; tone: number | number[] }[];
}

const require = createRequire(import.meta.url);
const read = <T>(file: string) => JSON.parse(readFileSync(require.resolve(`emojibase-data/${file}`), 'utf8')) as T;

/* Skin tones and hair by themselves. */
const COMPONENTS = 2;

/* The form that keyboards write: the variation selector only where the sign would be a letter without it. */
const asTyped = (emoji: string) => emoji.replace(/(\p{Emoji_Presentation})\uFE0F/gu, '$1');

function hasTones({ emoji, skins }: Source): boolean {
  const plain = asTyped(emoji);
  const same = TONES.slice(1).every((tone, i) =>
    skins?.some((skin) => skin.tone === i + 1 && asTyped(skin.emoji) === toned(plain, tone)),
  );
  if (skins && !same) throw new Error(`no rule makes the skin tones of ${plain}`);
  return same;
}

/* A tag that only repeats a word of the name is found by the name. */
function names(rows: readonly Source[]): { labels: string; tags: string } {
  const clean = (text: string) => text.replace(/[\n,]/g, ' ').trim();
  return {
    labels: rows.map(({ label }) => clean(label)).join('\n'),
    tags: rows
      .map(({ label, tags = [] }) => {
        const words = label.toLowerCase().split(/[\s,:]+/);
        return tags
          .filter((tag) => !words.includes(tag.toLowerCase()))
          .map(clean)
          .join(',');
      })
      .join('\n'),
  };
}

export function emojiColumns(): EmojiColumns {
  const english = read<Source[]>('en/data.json')
    .filter(({ group }) => group !== undefined && group !== COMPONENTS)
    .sort((a, b) => (a.group ?? 0) - (b.group ?? 0));
  const russian = new Map(read<Source[]>('ru/data.json').map((row) => [row.hexcode, row]));
  const github = read<Record<string, string | string[]>>('en/shortcodes/github.json');
  const others = read<Record<string, string | string[]>>('en/shortcodes/emojibase.json');
  return {
    emoji: english.map(({ emoji }) => asTyped(emoji)).join('\n'),
    groups: english.map(({ group }) => String(group)).join(''),
    versions: english.map(({ version }) => String(version)).join('\n'),
    toned: english.map((row) => (hasTones(row) ? '1' : '0')).join(''),
    codes: english.map(({ hexcode }) => [github[hexcode] ?? others[hexcode] ?? []].flat().join(',')).join('\n'),
    en: names(english),
    ru: names(english.map((row) => russian.get(row.hexcode) ?? row)),
  };
}
