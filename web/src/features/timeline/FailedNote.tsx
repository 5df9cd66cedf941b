import { useLingui } from '@lingui/react/macro';
import type { PendingEntry } from '@/realtime';
import { Button } from '@/ui/Button';
import styles from './rows.module.css';
import { useFailedActions } from './useRowActions';

/* Why a message of mine was not taken, and what can be done about it. Stays until one of them is done. */
export function FailedNote({ entry }: { entry: PendingEntry }) {
  const { t } = useLingui();
  const actions = useFailedActions(entry.clientId);
  const reason =
    {
      forbidden: t`You may not write here any more.`,
      not_found: t`This chat is gone.`,
      rate_limited: t`Too many messages at once.`,
      invalid: t`The server does not accept this text.`,
      precondition: t`This account is closed: nobody would read it.`,
      conflict: t`Another message took its place.`,
    }[entry.error as string] ?? t`Not sent.`;
  return (
    <div className={styles.failedNote}>
      <span className={styles.failedReason}>{reason}</span>
      <Button size="s" tone="plain" onPress={actions.retry}>{t`Retry`}</Button>
      <Button size="s" tone="plain" onPress={actions.edit}>{t`Edit`}</Button>
      <Button size="s" tone="plain" onPress={actions.remove}>{t`Delete`}</Button>
    </div>
  );
}
