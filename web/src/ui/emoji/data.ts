/* All emoji with their names in both languages: one file of our own, fetched when the first of them is wanted. */
import url from 'virtual:emoji-data';
import type { Language } from '../preferences';
import { supported } from './supported';

/** As the file has it: a row of each column is one emoji (scripts/emoji-data.ts). */
export interface EmojiColumns {
  emoji: string;
  groups: string;
  versions: string;
  toned: string;
  codes: string;
  en: { labels: string; tags: string };
  ru: { labels: string; tags: string };
}

export interface EmojiEntry {
  emoji: string;
  /** As Unicode groups them, see GROUPS. */
  group: number;
  /** Of Unicode, when it came. */
  version: number;
  /** Whether it comes in skin tones. */
  toned: boolean;
  /** Short English names, as people write them between colons. */
  codes: readonly string[];
  label: Record<Language, string>;
  tags: Record<Language, readonly string[]>;
}

export const GROUPS = [0, 1, 3, 4, 5, 6, 7, 8, 9] as const;
export type EmojiGroup = (typeof GROUPS)[number];

export function entriesOf(columns: EmojiColumns): EmojiEntry[] {
  const lines = (column: string) => column.split('\n');
  const list = (text: string | undefined) => (text ? text.split(',') : []);
  const { groups, toned } = columns;
  const [versions, codes] = [lines(columns.versions), lines(columns.codes)];
  const [enLabels, enTags] = [lines(columns.en.labels), lines(columns.en.tags)];
  const [ruLabels, ruTags] = [lines(columns.ru.labels), lines(columns.ru.tags)];
  return lines(columns.emoji).map((emoji, i) => ({
    emoji,
    group: Number(groups[i]),
    version: Number(versions[i]),
    toned: toned[i] === '1',
    codes: list(codes[i]),
    label: { en: enLabels[i] ?? '', ru: ruLabels[i] ?? '' },
    tags: { en: list(enTags[i]), ru: list(ruTags[i]) },
  }));
}

async function fetchEmoji(): Promise<EmojiEntry[]> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`emoji: ${String(answer.status)}`);
  return supported(entriesOf((await answer.json()) as EmojiColumns));
}

let loading: Promise<EmojiEntry[]> | null = null;

/** Fetches them once; what failed is tried again by the next who asks. */
export function loadEmoji(): Promise<EmojiEntry[]> {
  loading ??= fetchEmoji().catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}
