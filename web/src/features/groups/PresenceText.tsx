import { useLingui } from '@lingui/react/macro';
import { usePresence, useUser } from '@/realtime';
import { momentText, useMinute } from '@/ui/moments';
import styles from './DetailsPanel.module.css';

/* That the account is closed, online, or when somebody was last seen; nothing when the server does not say. */
export function PresenceText({ userId }: { userId: string }) {
  const { t, i18n } = useLingui();
  const presence = usePresence(userId);
  const now = useMinute();
  const closed = useUser(userId)?.closed ?? false;
  if (closed) return <p className={styles.under}>{t`account closed`}</p>;
  if (presence?.online)
    return (
      <p className={styles.under} data-online="">
        {t`online`}
      </p>
    );
  if (!presence?.lastSeenAt) return null;
  const when = momentText(i18n.locale, Math.min(Date.parse(presence.lastSeenAt), now), now);
  return <p className={styles.under}>{t`last seen ${when}`}</p>;
}
