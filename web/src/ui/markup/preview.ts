/* A text as one line: what it says, not how it looks, and nothing of what it hides. */
import { cutText } from './clip';
import { visibleText } from './nodes';
import { parseMarkup } from './parser';

interface PreviewOptions {
  /** Stands for each spoiler. */
  hidden: string;
  /** Longer ones end in an ellipsis. */
  length: number;
}

export function preview(text: string, { hidden, length }: PreviewOptions): string {
  const line = visibleText(parseMarkup(text), hidden).replace(/\s+/g, ' ').trim();
  return line.length > length ? `${cutText(line, length).trimEnd()}…` : line;
}
