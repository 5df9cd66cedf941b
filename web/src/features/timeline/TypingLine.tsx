import { useLingui } from '@lingui/react/macro';
import { memo } from 'react';
import { nameOf, realtimeStore, useUser, type RealtimeState } from '@/realtime';
import styles from './ChatHeader.module.css';
import { isolate } from '@/ui/isolate';

interface TypingLineProps {
  userIds: readonly string[];
  /** In a group it matters who. */
  named: boolean;
}

const NAMED_MAX = 3;

export const TypingLine = memo(function TypingLine({ userIds, named }: TypingLineProps) {
  const { t, i18n } = useLingui();
  useUser(userIds[0]);
  useUser(userIds[1]);
  useUser(userIds[2]);
  const names = realtimeStore((state) => typists(userIds, state));
  const list = new Intl.ListFormat(i18n.locale, { type: 'conjunction' }).format(
    names === '' ? [] : names.split('\n').map(isolate),
  );
  let words = t`typing`;
  if (named && userIds.length > NAMED_MAX) words = t`several people are typing`;
  else if (named && userIds.length > 1) words = t`${list} are typing`;
  else if (named && list !== '') words = t`${list} is typing`;
  return (
    <span className={styles.typing}>
      <span className={styles.dots} aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      {words}
    </span>
  );
});

/* One string, so that a change of anything else is no change here. */
function typists(ids: readonly string[], state: RealtimeState): string {
  return ids
    .slice(0, NAMED_MAX)
    .flatMap((id) => nameOf(state, id).replace(/\s+/g, ' ') || [])
    .join('\n');
}
