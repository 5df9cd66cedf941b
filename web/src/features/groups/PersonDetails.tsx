import { useLingui } from '@lingui/react/macro';
import { useSession } from '@/api';
import { useUser } from '@/realtime';
import { Avatar } from '@/ui/Avatar';
import { dateText } from '@/ui/moments';
import styles from './DetailsPanel.module.css';
import { GroupsInCommon } from './GroupsInCommon';
import { PersonActions } from './PersonActions';
import { PresenceText } from './PresenceText';

interface PersonDetailsProps {
  userId: string | null;
  /** The chat with them is the one that is open. */
  inChat?: boolean;
  onOpenChat: (id: string) => void;
  onMention?: (() => void) | undefined;
}

export function PersonDetails({ userId, inChat = false, onOpenChat, onMention }: PersonDetailsProps) {
  const { t, i18n } = useLingui();
  const user = useUser(userId);
  const self = useSession().userId === userId;
  if (!user) return null;
  return (
    <>
      <div className={styles.face}>
        <Avatar id={user.id} name={user.display_name} size="xl" />
        <p className={styles.name}>
          <bdi>{user.display_name}</bdi>
        </p>
        <PresenceText userId={user.id} />
      </div>
      <PersonActions user={user} onOpenChat={inChat ? undefined : onOpenChat} onMention={onMention} />
      <dl className={styles.facts}>
        <div className={styles.fact}>
          <dt>{t`User name`}</dt>
          <dd>@{user.username}</dd>
        </div>
        {user.about ? (
          <div className={styles.fact}>
            <dt>{t`About`}</dt>
            <dd>{user.about}</dd>
          </div>
        ) : null}
        {user.created_at ? (
          <div className={styles.fact}>
            <dt>{t`On Molva since`}</dt>
            <dd>{dateText(i18n.locale, Date.parse(user.created_at))}</dd>
          </div>
        ) : null}
      </dl>
      {self ? null : <GroupsInCommon userId={user.id} onOpenChat={onOpenChat} />}
    </>
  );
}
