/* ||hidden until asked for||, as two rules for markdown-it's inline parser. */
import type MarkdownIt from 'markdown-it';

type Inline = InstanceType<typeof MarkdownIt>['inline'];
type InlineState = Parameters<Parameters<Inline['ruler']['at']>[1]>[0];

const BAR = 0x7c;
const MARKUP = /[\n!#$%&*+\-:<=>@[\\\]^_`{}~|]/g;

/** The built-in text rule runs over bars; this one stops at them too. */
export function textUpToMarkup(state: InlineState, silent: boolean): boolean {
  MARKUP.lastIndex = state.pos;
  const found = MARKUP.exec(state.src);
  const end = Math.min(found ? found.index : state.posMax, state.posMax);
  if (end === state.pos) return false;
  if (!silent) state.pending += state.src.slice(state.pos, end);
  state.pos = end;
  return true;
}

export function spoiler(state: InlineState, silent: boolean): boolean {
  const start = state.pos;
  if (state.src.charCodeAt(start) !== BAR || state.src.charCodeAt(start + 1) !== BAR) return false;
  const end = state.src.indexOf('||', start + 2);
  if (end <= start + 2 || end + 2 > state.posMax) return false;
  if (!silent) {
    const max = state.posMax;
    state.pos = start + 2;
    state.posMax = end;
    state.push('spoiler_open', 'span', 1);
    state.md.inline.tokenize(state);
    state.push('spoiler_close', 'span', -1);
    state.posMax = max;
  }
  state.pos = end + 2;
  return true;
}
