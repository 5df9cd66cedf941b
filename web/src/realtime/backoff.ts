/* Full jitter between 0.5 and 30 s, so that a restart of the server does not bring all clients back at once. */
const MIN_MS = 500;
const MAX_MS = 30_000;

/** The pause before attempt `attempt` (from 0). */
export function backoffMs(attempt: number, random = Math.random): number {
  const ceiling = Math.min(MAX_MS, 2 * MIN_MS * 2 ** attempt);
  return MIN_MS + random() * (ceiling - MIN_MS);
}
