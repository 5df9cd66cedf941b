/* A text as one line: what it says, not how it looks, and nothing of what it hides. */
import { cutText } from './clip';
import { visibleText } from './nodes';
import { parseMarkup } from './parser';

interface PreviewOptions {
  /** Stands for each spoiler. */
  hidden: string;
  /** The text is the beginning of a longer one. */
  truncated?: boolean | undefined;
  /** Longer ones end in an ellipsis. */
  length: number;
}

export function preview(text: string, { hidden, truncated = false, length }: PreviewOptions): string {
  const seen = (truncated ? seenOfCut(text, hidden) : null) ?? visibleText(parseMarkup(text), hidden);
  const line = seen.replace(/\s+/g, ' ').trim();
  return line.length > length ? `${cutText(line, length).trimEnd()}…` : line;
}

/* Where the text was cut inside a spoiler, its closing bars are behind the cut: what was seen of it stays hidden. Null when
 * none is open there. */
function seenOfCut(text: string, hidden: string): string | null {
  const closed = visibleText(parseMarkup(`${text.replace(/[\s|]+$/, '')}||`), hidden).trimEnd();
  return closed.endsWith('||') ? null : closed;
}
