import { Plural, Trans } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { realtime, useConnection } from '@/realtime';
import { Button } from '@/ui/Button';
import { IconOffline, IconRetry } from '@/ui/icons';
import { Spinner } from '@/ui/Spinner';
import styles from './Banners.module.css';
import { takeUpdate, useUpdateWaiting } from './serviceWorker';

const PATIENCE_MS = 2000;

/** The time, refreshed four times a second while somebody needs it. */
function useNow(running: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [running]);
  return now;
}

export function ConnectionBanner() {
  const { status, downSince, retryAt } = useConnection();
  const now = useNow(downSince !== null);
  // A short loss is nobody's business.
  const shown = downSince !== null && now - downSince > PATIENCE_MS;
  const seconds = retryAt === null ? 0 : Math.max(0, Math.ceil((retryAt - now) / 1000));
  return (
    <div role="status">
      {shown ? (
        <div className={styles.banner}>
          {status === 'connecting' ? <Spinner size={16} /> : <IconOffline size={18} />}
          <span className={styles.text}>
            <Trans>Waiting for the network. You can keep writing.</Trans>
          </span>
          {seconds > 0 ? (
            <span className={styles.note} aria-hidden="true">
              <Plural value={seconds} one="next try in # second" other="next try in # seconds" />
            </span>
          ) : null}
          <Button size="s" tone="plain" isDisabled={status === 'connecting'} onPress={() => realtime.tryNow()}>
            <Trans>Try now</Trans>
          </Button>
        </div>
      ) : null}
    </div>
  );
}

export function UpdateBanner() {
  const waiting = useUpdateWaiting();
  return (
    <div role="status">
      {waiting ? (
        <div className={styles.banner} data-tone="news">
          <IconRetry size={18} />
          <span className={styles.text}>
            <Trans>There is a new version of Molva.</Trans>
          </span>
          <Button size="s" tone="plain" onPress={takeUpdate}>
            <Trans>Update</Trans>
          </Button>
        </div>
      ) : null}
    </div>
  );
}
