import { useLingui } from '@lingui/react/macro';
import { Skeleton } from '@/ui/Skeleton';
import styles from './ChatRowsSkeleton.module.css';

const widths = ['55%', '70%', '45%', '62%', '50%', '66%', '40%', '58%'];

/* Rows of the final size while the list loads. */
export function ChatRowsSkeleton() {
  const { t } = useLingui();
  return (
    <div className={styles.rows} role="status" aria-label={t`Loading chats`}>
      {widths.map((width) => (
        <div key={width} className={styles.row}>
          <Skeleton round width="3rem" height="3rem" />
          <div className={styles.words}>
            <Skeleton width={width} />
            <Skeleton width="85%" height="0.75em" />
          </div>
        </div>
      ))}
    </div>
  );
}
