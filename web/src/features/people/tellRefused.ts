import { i18n } from '@lingui/core';
import { plural, t } from '@lingui/core/macro';
import { isolate } from '@/ui/isolate';
import type { PersonOption } from '@/ui/PersonList';
import { showToast } from '@/ui/toasts';

const NAMED_MAX = 5;

/** Says who of those that were chosen could not be added to a group. Why is between them and the server. */
export function tellRefused(chosen: readonly PersonOption[], refused: readonly string[]): void {
  const people = chosen.filter(({ id }) => refused.includes(id));
  if (people.length === 0) return;
  const words = people.slice(0, NAMED_MAX).map(({ name }) => isolate(name));
  const others = people.length - words.length;
  if (others > 0) words.push(plural(others, { one: '# other person', other: '# other people' }));
  const list = new Intl.ListFormat(i18n.locale, { type: 'conjunction' }).format(words);
  showToast(t`Could not be added: ${list}`, { tone: 'error' });
}
