import { Trans } from '@lingui/react/macro';
import { useEffect } from 'react';
import { realtime } from '@/realtime';
import styles from './Composer.module.css';

/* In place of the field, where nobody would read. Asks whether it is still so each time it comes up. */
export function ClosedNote({ userId }: { userId: string }) {
  useEffect(() => {
    realtime.refreshUser(userId);
  }, [userId]);
  return (
    <p className={styles.closed} role="status">
      <Trans>This account is closed. Nobody reads what is written here.</Trans>
    </p>
  );
}
