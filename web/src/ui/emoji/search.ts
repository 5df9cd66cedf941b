/* Emoji by the beginning of a name: what is offered behind a colon. */
import { otherLayouts } from '../layouts';
import type { Language } from '../preferences';
import type { EmojiEntry } from './data';
import { withoutTone } from './tones';

/* The entry's names, each on a line behind a space: what begins a word is found by " word", what begins a name by "\n word". */
interface Names {
  codes: string;
  label: Record<Language, string>;
  tags: Record<Language, string>;
}

const folded = (text: string) => text.toLowerCase().replaceAll('ё', 'е').replaceAll('_', ' ');

const prepared = new WeakMap<EmojiEntry, Names>();

function namesOf(entry: EmojiEntry): Names {
  const known = prepared.get(entry);
  if (known) return known;
  const { codes, label, tags } = entry;
  const all = (names: readonly string[]) => names.map((name) => `\n ${folded(name)}\n`).join('');
  const names: Names = {
    codes: all(codes),
    label: { en: all([label.en]), ru: all([label.ru]) },
    tags: { en: all(tags.en), ru: all(tags.ru) },
  };
  prepared.set(entry, names);
  return names;
}

/* What people use most, by the Unicode Consortium's count: first among alike. */
const POPULAR = '😂❤\uFE0F🤣👍😭🙏😘🥰😍😊🎉😁💕🥺😅🔥🤦🤷🙄😆🤗😉🎂🤔👏🙂😳🥳😎👌💜😔💪✨💖👀😋😏😢💯🌹💔';

/* How much of the shortest name that begins so is written already: 0 for none, 1 for all of it. */
function share(names: string, beginning: string): number {
  let best = 0;
  for (let at = names.indexOf(beginning); at >= 0; at = names.indexOf(beginning, at + 1)) {
    const end = names.slice(at + beginning.length).search(/\n/);
    best = Math.max(best, beginning.length / (beginning.length + end));
  }
  return best;
}

/* The beginning of a name is more than that of a word in it, the language one reads more than the other. */
function likeness(entry: EmojiEntry, query: string, language: Language): number {
  const { codes, label, tags } = namesOf(entry);
  const other = language === 'ru' ? 'en' : 'ru';
  const word = ` ${query}`;
  const name = `\n${word}`;
  const named = Math.max(share(codes, name), share(label[language], name));
  if (named > 0) return 80 + 20 * Math.floor(named) + 10 * named;
  const meant = share(tags[language], name);
  if (meant > 0) return 70 + 10 * meant;
  if (label[language].includes(word)) return 75;
  if (codes.includes(word) || tags[language].includes(word)) return 60;
  const abroad = Math.max(share(label[other], name), share(tags[other], name) - 0.1);
  if (abroad > 0) return 40 + 10 * abroad;
  return label[other].includes(word) || tags[other].includes(word) ? 30 : 0;
}

export interface SearchOptions {
  language: Language;
  /** Those used last come first among alike. */
  recent: readonly string[];
  limit: number;
}

function found(entries: readonly EmojiEntry[], query: string, { language, recent, limit }: SearchOptions) {
  const before = recent.map(withoutTone);
  return entries
    .flatMap((entry) => {
      const score = likeness(entry, query, language);
      if (score === 0) return [];
      const at = before.indexOf(entry.emoji);
      const liked = at >= 0 ? 20 - at : POPULAR.includes(entry.emoji) ? 10 : 0;
      return [{ entry, rank: score + liked }];
    })
    .sort((a, b) => b.rank - a.rank)
    .slice(0, limit)
    .map(({ entry }) => entry);
}

/** The likeliest first. Words typed on the other keyboard layout are tried when these mean nothing. */
export function findEmoji(entries: readonly EmojiEntry[], query: string, options: SearchOptions): EmojiEntry[] {
  for (const way of [query, ...otherLayouts(query)]) {
    const hits = found(entries, folded(way), options);
    if (hits.length > 0) return hits;
  }
  return [];
}

/** The emoji whose short name this is, exactly. */
export function emojiOfCode(entries: readonly EmojiEntry[], code: string): EmojiEntry | undefined {
  return entries.find(({ codes }) => codes.includes(code.toLowerCase()));
}
