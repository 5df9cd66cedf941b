/* When a mark plainly means formatting, told from the signs around it. Whatever is in doubt stays as it was typed:
 * 2*3*4, snake_case, __init__.py, **kwargs, *.c, >_<, a || b, don`t. */

export type MarkType = 'strong' | 'em' | 'strike' | 'spoiler';

/** A run of one mark, and the signs around the cluster of runs that it stands in. */
export interface Run {
  sign: string;
  length: number;
  before: string;
  after: string;
  /** What follows `after`. */
  next: string;
}

const MARKS = '*_~|';

export function isMark(sign: string): boolean {
  return sign !== '' && MARKS.includes(sign);
}

/* Where no blanks stand between words, a mark may stand between letters. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u3000-\u303f\uff01-\uff60]/u;
/* Emoji and other pictures; the halves of a pair are those of one, or of a rare letter. */
const PICTURE = /[\p{So}\ud800-\udfff]|\ufe0f/u;
const READ = /[\p{L}\p{N}\p{So}\p{Sc}\ud800-\udfff]/u;
const OPENING = /[([{«„“‘"'‹—–…]/;
const CLOSING = /[)\]}»”’“"'›.,:;!?…—–]/;

/** A letter or digit of a script that puts blanks between words. */
export function isWordy(sign: string): boolean {
  return /[\p{L}\p{N}]/u.test(sign) && !UNSPACED.test(sign);
}

function isEdge(sign: string): boolean {
  return sign === '' || /\s/.test(sign) || UNSPACED.test(sign) || PICTURE.test(sign);
}

/** What a run of this sign and length stands for; nothing for lengths that mean nothing. */
export function marksOf(sign: string, length: number): MarkType[] {
  if (sign === '*') return length === 1 ? ['em'] : length === 2 ? ['strong'] : length === 3 ? ['strong', 'em'] : [];
  if (sign === '_') return length === 1 ? ['em'] : length === 2 ? ['strong'] : [];
  if (length !== 2) return [];
  return [sign === '|' ? 'spoiler' : 'strike'];
}

/** Whether formatting may begin here: the marks touch the word after them, and none before. */
export function mayOpen(run: Run): boolean {
  const { before, after, length, sign } = run;
  if (after === '' || /\s/.test(after)) return false;
  const double = length > 1;
  if (!isEdge(before) && !OPENING.test(before) && !(double && /[-:;,.!?/]/.test(before))) return false;
  if (sign === '|') return true;
  return double ? !/[/\\)\]}=<>]/.test(after) : /[\p{L}\p{N}«"'“„‘([{#@$€…¿¡`]/u.test(after) || PICTURE.test(after);
}

/** Whether formatting may end here: the marks touch the word before them, and none after. */
export function mayClose(run: Run): boolean {
  const { before, after, next, length, sign } = run;
  if (before === '' || /\s/.test(before)) return false;
  const double = length > 1;
  /* "__init__.py": a dot inside a word. */
  const closes = after === '.' ? !/[\p{L}\p{N}_]/u.test(next) : CLOSING.test(after);
  if (!isEdge(after) && !closes && !(double && /[-/]/.test(after))) return false;
  return sign === '|' || !/[/\\([{«„<]/.test(before);
}

/** What stands between two runs: whether it is something that one would mark. Each question takes the same short time,
 * however many runs lie within each other. */
export class Contents {
  /** Up to each place: signs that one reads, line breaks, ends of paragraphs. */
  private readonly counts: Uint32Array[];

  constructor(private readonly text: string) {
    const { length } = text;
    const read = new Uint32Array(length + 1);
    const breaks = new Uint32Array(length + 1);
    const ends = new Uint32Array(length + 1);
    for (let at = 0; at < length; at++) {
      const sign = text.charAt(at);
      const isBreak = sign === '\n';
      read[at + 1] = (read[at] ?? 0) + (READ.test(sign) ? 1 : 0);
      breaks[at + 1] = (breaks[at] ?? 0) + (isBreak ? 1 : 0);
      ends[at + 1] = (ends[at] ?? 0) + (isBreak && text.charAt(at - 1) === '\n' ? 1 : 0);
    }
    this.counts = [read, breaks, ends];
  }

  between(from: number, to: number, sign: string, length: number): boolean {
    if (sign === '|') return /\S/.test(this.text.slice(from, to));
    const [read = 0, breaks = 0, ends = 0] = this.counts.map((count) => (count[to] ?? 0) - (count[from] ?? 0));
    /* What is left open at the end of its line, or of its paragraph, was not meant so. */
    if (read === 0 || (length === 1 ? breaks : ends) > 0) return false;
    if (sign !== '_') return true;
    /* Names in programs: __init__, _my_name_. */
    const words = this.text.slice(from, to);
    return /\W/.test(words) || (length === 1 && !words.includes('_'));
  }
}
