import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { memo } from 'react';
import { useName, type SystemEvent } from '@/realtime';
import { isolate } from '@/ui/isolate';
import type { Item } from './items';
import { useLog } from './logState';
import styles from './rows.module.css';
import { systemText } from './systemText';

/* More than so many are not named one by one. */
const NAMED_MAX = 3;

/* Somebody came, went, renamed: a line between the messages. Several who came or went in the same way are one line. */
export const SystemLine = memo(function SystemLine({ items }: { items: readonly Item[] }) {
  const { t, i18n } = useLingui();
  const { selfId } = useLog();
  const events = items.flatMap(({ entry }) => (entry.kind === 'system' ? [entry.event] : []));
  const people = peopleOf(events, selfId);
  const named = people.length > NAMED_MAX ? people.slice(0, NAMED_MAX - 1) : people;
  const [event] = events;
  const actor = useName(event?.actorId);
  const users = [useName(named[0]), useName(named[1]), useName(named[2])];
  if (!event) return null;

  const unknown = t`Somebody`;
  const list = named.map((id, at) => (id === selfId ? t`you` : isolate(users[at] || unknown)));
  const rest = people.length - named.length;
  if (rest > 0) list.push(t`${plural(rest, { one: '# other', other: '# others' })}`);
  const names = {
    actor: isolate(actor || unknown),
    user: new Intl.ListFormat(i18n.locale, { type: 'conjunction' }).format(list),
  };
  const said = 'title' in event ? { ...event, title: isolate(event.title) } : event;
  return <p className={styles.systemText}>{i18n._(systemText(said, names, selfId, people.length))}</p>;
});

/* Whom it was done to, each once, oneself first. */
function peopleOf(events: readonly SystemEvent[], selfId: string): string[] {
  const ids = [...new Set(events.flatMap((event) => ('userId' in event ? [event.userId] : [])))];
  return ids.includes(selfId) ? [selfId, ...ids.filter((id) => id !== selfId)] : ids;
}
