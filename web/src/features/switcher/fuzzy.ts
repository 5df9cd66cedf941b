/* How well a name answers to what was typed: 0 not at all, higher is better. */
import { fold } from '@/ui/fold';

/* The letters in order with gaps between them; a short span and word beginnings count for more. */
function scattered(name: string, query: string): number {
  let at = -1;
  let first = -1;
  let beginnings = 0;
  for (const letter of query) {
    at = name.indexOf(letter, at + 1);
    if (at < 0) return 0;
    if (first < 0) first = at;
    if (at === 0 || /[\s._-]/.test(name[at - 1] ?? '')) beginnings++;
  }
  const span = at - first + 1;
  // Letters all over a long name are chance, not a hit.
  if (span > query.length * 3 && beginnings < query.length) return 0;
  return 10 + (20 * query.length) / span + (10 * beginnings) / query.length;
}

export function score(name: string, query: string): number {
  const where = fold(name);
  const what = fold(query).trim();
  if (what === '') return 1;
  if (where === what) return 100;
  if (where.startsWith(what)) return 90;
  if (new RegExp(`[\\s._-]${what.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`).test(where)) return 75;
  if (where.includes(what)) return 60;
  return scattered(where, what);
}

/** The best of several ways to have typed it; the way it was typed wins a tie. */
export function bestScore(names: readonly string[], queries: readonly string[]): number {
  return Math.max(0, ...queries.flatMap((query, way) => names.map((name) => score(name, query) - (way > 0 ? 5 : 0))));
}
