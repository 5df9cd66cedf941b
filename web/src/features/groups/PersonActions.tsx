import { Trans, useLingui } from '@lingui/react/macro';
import { useSession, type User } from '@/api';
import { realtime } from '@/realtime';
import { Button } from '@/ui/Button';
import { copyText } from '@/ui/copyText';
import { IconChat, IconCopy } from '@/ui/icons';
import { showToast } from '@/ui/toasts';
import styles from './DetailsPanel.module.css';

interface PersonActionsProps {
  user: User;
  onOpenChat: ((id: string) => void) | undefined;
}

/* What one does with somebody: write to them, tell others what they are called here. */
export function PersonActions({ user, onOpenChat }: PersonActionsProps) {
  const { t } = useLingui();
  const copyName = useCopyName(user.username);
  const self = useSession().userId === user.id;
  return (
    <div className={styles.actions}>
      {onOpenChat && !self ? (
        <Button
          size="s"
          tone="primary"
          icon={<IconChat size={18} />}
          onPress={() => onOpenChat(realtime.directWith(user))}
        >
          {t`Write a message`}
        </Button>
      ) : null}
      <Button size="s" icon={<IconCopy size={18} />} onPress={copyName}>
        <Trans>Copy the name</Trans>
      </Button>
    </div>
  );
}

/** Copies "@name". */
export function useCopyName(username: string): () => void {
  const { t } = useLingui();
  const name = `@${username}`;
  return () =>
    void copyText(name).then((copied) => {
      if (copied) showToast(t`Copied: ${name}`, { timeoutMs: 2500 });
      else showToast(t`The browser does not let us copy`, { tone: 'error' });
    });
}
