import { Trans, useLingui } from '@lingui/react/macro';
import { useSession, type User } from '@/api';
import { realtime } from '@/realtime';
import { Button } from '@/ui/Button';
import { IconAt, IconChat, IconCopy } from '@/ui/icons';
import { useCopyName } from '@/ui/PersonMenu';
import styles from './DetailsPanel.module.css';

interface PersonActionsProps {
  user: User;
  onOpenChat: ((id: string) => void) | undefined;
  /** Puts their name into the chat that is open. */
  onMention: (() => void) | undefined;
}

/* What one does with somebody: write to them, tell others what they are called here. */
export function PersonActions({ user, onOpenChat, onMention }: PersonActionsProps) {
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
      {onMention ? (
        <Button size="s" icon={<IconAt size={18} />} onPress={onMention}>
          <Trans>Mention</Trans>
        </Button>
      ) : null}
      <Button size="s" icon={<IconCopy size={18} />} onPress={copyName}>
        <Trans>Copy the name</Trans>
      </Button>
    </div>
  );
}
