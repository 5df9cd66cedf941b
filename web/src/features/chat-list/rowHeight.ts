import { remPx } from '@/ui/textSize';

/* Rows are of one height, so that a thousand of them need no measuring: 4.25rem, which follows the user's font size. */
export function rowHeight(rem = remPx()): number {
  return Math.round(4.25 * rem);
}
