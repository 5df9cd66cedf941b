import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { memo } from 'react';
import { classes } from '@/ui/classes';
import { IconArrowDown, IconArrowUp } from '@/ui/icons';
import { useLogState } from './logState';
import styles from './Timeline.module.css';

interface CornerProps {
  unread: number;
  /** Whether the end is somewhere else than in these rows. */
  hasNewer: boolean;
  onEnd: () => void;
  onDivider: () => void;
  onBack: (() => void) | null;
}

/* The ways back to where one wants to be: the end, the first unread message, the line one came from. */
/* The button that was pressed goes away; the focus must not go with it. A finger does not want the keyboard. */
function refocus(): void {
  if (matchMedia('(pointer: fine)').matches) document.getElementById('composer')?.focus({ preventScroll: true });
}

export const Corner = memo(function Corner({ unread, hasNewer, onEnd, onDivider, onBack }: CornerProps) {
  const { t, i18n } = useLingui();
  const atEnd = useLogState((state) => state.atEnd);
  const dividerBelow = useLogState((state) => state.dividerBelow);
  const away = hasNewer || !atEnd;
  const count = unread > 99 ? '99+' : new Intl.NumberFormat(i18n.locale).format(unread);
  return (
    <div className={styles.corner}>
      {onBack ? (
        <button
          type="button"
          className={classes(styles.toEnd, styles.back)}
          onClick={() => {
            onBack();
            refocus();
          }}
        >
          <IconArrowUp size={18} />
          {t`Back to where I was`}
        </button>
      ) : null}
      {away ? (
        <button
          type="button"
          className={styles.toEnd}
          data-count={unread > 0 ? count : undefined}
          aria-label={
            unread > 0
              ? t`To the end, ${plural(unread, { one: '# new message', other: '# new messages' })}`
              : t`To the newest message`
          }
          onClick={() => {
            if (dividerBelow) onDivider();
            else {
              onEnd();
              refocus();
            }
          }}
        >
          <IconArrowDown size={18} />
          {unread > 0 ? t`${count} new` : null}
        </button>
      ) : null}
    </div>
  );
});
