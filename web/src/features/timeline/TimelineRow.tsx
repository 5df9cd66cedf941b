import { Trans, useLingui } from '@lingui/react/macro';
import { memo } from 'react';
import { useName } from '@/realtime';
import { useToday } from '@/ui/useToday';
import { dayLabel, fullLabel } from './dates';
import type { Item } from './items';
import { useLog, useLogState } from './logState';
import { MessageRow } from './MessageRow';
import type { Row } from './rows';
import styles from './rows.module.css';
import { SystemLine } from './SystemRow';

/* One row of the log. `row` is the same object for as long as it says the same. */
export const TimelineRow = memo(function TimelineRow({ row }: { row: Row<Item> }) {
  switch (row.type) {
    case 'day':
      return <Day at={row.at} />;
    case 'unread':
      return (
        <div className={styles.unread} role="separator">
          <span>
            <Trans>Unread messages</Trans>
          </span>
        </div>
      );
    case 'message':
    case 'system':
      return <Entry row={row} />;
  }
});

function Day({ at }: { at: number }) {
  const { i18n } = useLingui();
  const today = useToday();
  return (
    <div className={styles.day}>
      <span className={styles.chip}>{dayLabel(i18n.locale, at, today)}</span>
    </div>
  );
}

/* What the arrow keys move over. */
function Entry({ row }: { row: Extract<Row<Item>, { entry: Item }> }) {
  const { t, i18n } = useLingui();
  const { selfId } = useLog();
  const { key, at, authorId, entry } = row.entry;
  const highlighted = useLogState((state) => state.highlighted === key);
  const author = useName(row.type === 'message' && authorId !== selfId ? authorId : null);
  const time = fullLabel(i18n.locale, at);
  const name = authorId === selfId ? t`You` : author || t`Somebody`;
  return (
    <article
      className={styles.article}
      aria-label={row.type === 'message' ? `${name}, ${time}` : time}
      tabIndex={-1}
      data-key={key}
      data-seq={row.entry.seq || undefined}
      data-highlighted={highlighted || undefined}
    >
      {row.type === 'system' ? (
        <SystemLine items={row.entries} />
      ) : entry.kind === 'system' ? null : (
        <MessageRow entry={entry} authorId={authorId} at={at} first={row.first} />
      )}
    </article>
  );
}
