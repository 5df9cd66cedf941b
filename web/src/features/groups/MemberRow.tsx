import { Trans, useLingui } from '@lingui/react/macro';
import { memo, useRef, useState } from 'react';
import { errorText, useSession } from '@/api';
import { realtime, useHandle, usePresence, useUser, type Role } from '@/realtime';
import { Badge } from '@/ui/Badge';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { IconButton } from '@/ui/IconButton';
import { IconChat, IconCopy, IconCrown, IconMore, IconShield, IconTrash, IconUser } from '@/ui/icons';
import { Menu, MenuItem } from '@/ui/Menu';
import { withHandle } from '@/ui/namesakes';
import { showCard } from '@/ui/personCard';
import { PersonFace } from '@/ui/PersonFace';
import { useCopyName } from '@/ui/PersonMenu';
import { PressMenu, usePressMenu } from '@/ui/PressMenu';
import { Skeleton } from '@/ui/Skeleton';
import { useAttempt } from '@/ui/useAttempt';
import styles from './MemberList.module.css';
import { removeMember, setMemberRole } from './memberActions';
import { PresenceText } from './PresenceText';
import { mayRemove, maySetRoles, type MemberRole, type SettableRole } from './rights';

interface MemberRowProps {
  conversationId: string;
  myRole: Role;
  userId: string;
  role: MemberRole;
  onChanged: () => void;
  onRemoved: (userId: string) => void;
  onOpenChat: (id: string) => void;
}

export const MemberRow = memo(function MemberRow(props: MemberRowProps) {
  const { conversationId, myRole, userId, role, onChanged, onRemoved, onOpenChat } = props;
  const { t } = useLingui();
  const me = useSession().userId;
  const user = useUser(userId);
  const presence = usePresence(userId);
  const [asking, setAsking] = useState<'remove' | 'hand-on' | null>(null);
  const { attempt, busy } = useAttempt({ says: errorText, again: t`Try again` });
  const handle = useHandle(userId);
  const shown = user?.display_name ?? '';
  const name = withHandle(shown, handle);
  const mine = userId === me;
  const ranks = maySetRoles(myRole) && !mine;

  const write = () => onOpenChat(realtime.directWith(user ?? { id: userId }));
  const setRole = (next: SettableRole) =>
    void attempt(async () => {
      await setMemberRole(conversationId, userId, next);
      setAsking(null);
      onChanged();
    });
  const remove = () =>
    void attempt(async () => {
      await removeMember(conversationId, userId);
      setAsking(null);
      onRemoved(userId);
    });

  const row = useRef<HTMLLIElement>(null);
  const menu = usePressMenu(row);
  const copyName = useCopyName(user?.username ?? '');
  const items = (
    <>
      <MenuItem text={t`Profile`} icon={<IconUser />} onAction={() => showCard(userId)} />
      <MenuItem text={t`Write a message`} icon={<IconChat />} onAction={write} />
      {ranks && role === 'MEMBER' ? (
        <MenuItem text={t`Make an admin`} icon={<IconShield />} onAction={() => setRole('ADMIN_MEMBER')} />
      ) : null}
      {ranks && role === 'ADMIN_MEMBER' ? (
        <MenuItem text={t`Take admin rights away`} icon={<IconShield />} onAction={() => setRole('MEMBER')} />
      ) : null}
      {ranks ? <MenuItem text={t`Make the owner`} icon={<IconCrown />} onAction={() => setAsking('hand-on')} /> : null}
      {mayRemove(myRole, role) ? (
        <MenuItem text={t`Remove from the group`} icon={<IconTrash />} danger onAction={() => setAsking('remove')} />
      ) : null}
      <MenuItem text={t`Copy the name`} icon={<IconCopy />} onAction={copyName} />
    </>
  );

  return (
    <li ref={row} className={styles.row} data-member={userId}>
      <PersonFace id={userId} name={shown} online={presence?.stale ? 'stale' : (presence?.online ?? false)} />
      <div className={styles.words}>
        <span className={styles.name}>
          {user ? (
            <button type="button" className={styles.nameButton} onClick={() => showCard(userId)}>
              <bdi className={styles.bare}>{shown}</bdi>
            </button>
          ) : (
            <Skeleton width="60%" />
          )}
          {mine ? <span className={styles.you}>{t`(you)`}</span> : null}
        </span>
        {handle ? <span className={styles.handle}>{handle}</span> : null}
        {mine ? null : <PresenceText userId={userId} />}
      </div>
      {role === 'OWNER' ? <Badge tone="soft">{t`owner`}</Badge> : null}
      {role === 'ADMIN_MEMBER' ? <Badge tone="soft">{t`admin`}</Badge> : null}
      {mine ? null : (
        <Menu
          label={t`Actions for ${name}`}
          trigger={
            <IconButton label={t`Actions for ${name}`} tooltip="none" small>
              <IconMore />
            </IconButton>
          }
        >
          {items}
        </Menu>
      )}
      {menu.at && !mine ? (
        <PressMenu at={menu.at} label={t`Actions for ${name}`} onClose={menu.close}>
          {items}
        </PressMenu>
      ) : null}
      <ConfirmDialog
        title={t`Remove ${name}?`}
        isOpen={asking === 'remove'}
        danger
        isPending={busy}
        confirmLabel={t`Remove`}
        cancelLabel={t`Cancel`}
        onConfirm={remove}
        onClose={() => setAsking(null)}
      >
        <Trans>They no longer see this group and its messages. You can add them again later.</Trans>
      </ConfirmDialog>
      <ConfirmDialog
        title={t`Make ${name} the owner?`}
        isOpen={asking === 'hand-on'}
        isPending={busy}
        confirmLabel={t`Make the owner`}
        cancelLabel={t`Cancel`}
        onConfirm={() => setRole('OWNER')}
        onClose={() => setAsking(null)}
      >
        <Trans>A group has one owner. You stay in it as an admin, and only the new owner can give it back.</Trans>
      </ConfirmDialog>
    </li>
  );
});
