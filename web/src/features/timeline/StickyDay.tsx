import { useLingui } from '@lingui/react/macro';
import { memo } from 'react';
import { useToday } from '@/ui/useToday';
import { dayLabel } from './dates';
import { useLogState } from './logState';
import rows from './rows.module.css';
import styles from './Timeline.module.css';

/* The day of the topmost row, while one scrolls. */
export const StickyDay = memo(function StickyDay() {
  const { i18n } = useLingui();
  const today = useToday();
  const at = useLogState((state) => state.dayAt);
  const covered = useLogState((state) => state.dayCovered);
  const shown = useLogState((state) => state.scrolling);
  if (at === null) return null;
  return (
    <div
      className={styles.stickyDay}
      aria-hidden="true"
      data-shown={shown || undefined}
      data-covered={covered || undefined}
    >
      <span className={rows.chip}>{dayLabel(i18n.locale, at, today)}</span>
    </div>
  );
});
