import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useMemo, useState, type ReactNode } from 'react';
import type { ConversationView } from '@/realtime';
import { Avatar } from '@/ui/Avatar';
import { Button } from '@/ui/Button';
import { IconEdit, IconSignOut, IconTrash, IconUserPlus } from '@/ui/icons';
import { DeleteGroup } from './DeleteGroup';
import styles from './DetailsPanel.module.css';
import { EditGroup } from './EditGroup';
import { LeaveGroup } from './LeaveGroup';
import { MemberList } from './MemberList';
import { addMembers } from './memberActions';
import { mayAdd, mayDelete, mayEdit } from './rights';
import { useMembers } from './useMembers';

/** The dialog in which people are chosen, which is not of this part. */
export type AddPeople = (props: {
  there: ReadonlySet<string>;
  onAdd: (ids: string[]) => Promise<readonly string[]>;
  onClose: () => void;
}) => ReactNode;

interface GroupDetailsProps {
  conversation: ConversationView;
  addPeople: AddPeople;
  onOpenChat: (id: string) => void;
  onGone: () => void;
}

type OnTop = 'edit' | 'add' | 'leave' | 'delete' | null;

export function GroupDetails({ conversation, addPeople, onOpenChat, onGone }: GroupDetailsProps) {
  const { t } = useLingui();
  const [onTop, setOnTop] = useState<OnTop>(null);
  const members = useMembers(conversation.id);
  const { id, title, description, role, memberCount } = conversation;
  const close = () => setOnTop(null);
  const there = useMemo(() => new Set(members.members.map((member) => member.user_id)), [members.members]);
  const onAdd = async (ids: string[]) => {
    const refused = await addMembers(id, ids);
    members.reload();
    return refused;
  };

  return (
    <>
      <div className={styles.face}>
        <Avatar id={id} name={title} group size="xl" />
        <p className={styles.name}>
          <bdi>{title}</bdi>
        </p>
        <p className={styles.under}>
          <Plural value={memberCount} one="# member" other="# members" />
        </p>
        {mayEdit(role) ? (
          <Button size="s" className={styles.edit} icon={<IconEdit size={16} />} onPress={() => setOnTop('edit')}>
            <Trans>Edit</Trans>
          </Button>
        ) : null}
      </div>
      {description ? (
        <dl className={styles.facts}>
          <div className={styles.fact}>
            <dt>{t`What it is about`}</dt>
            <dd>{description}</dd>
          </div>
        </dl>
      ) : null}
      <section className={styles.section} aria-labelledby="members-title">
        <div className={styles.sectionHead}>
          <h3 id="members-title" className={styles.sectionTitle} tabIndex={-1}>
            <Trans>Members</Trans>
          </h3>
          {mayAdd(role) ? (
            <Button tone="plain" size="s" icon={<IconUserPlus size={18} />} onPress={() => setOnTop('add')}>
              <Trans>Add people</Trans>
            </Button>
          ) : null}
        </div>
        <MemberList conversation={conversation} members={members} onOpenChat={onOpenChat} />
      </section>
      <div className={styles.section}>
        <div className={styles.ends}>
          <Button tone="dangerQuiet" icon={<IconSignOut />} onPress={() => setOnTop('leave')}>
            <Trans>Leave the group</Trans>
          </Button>
          {mayDelete(role) ? (
            <Button tone="dangerQuiet" icon={<IconTrash />} onPress={() => setOnTop('delete')}>
              <Trans>Delete the group</Trans>
            </Button>
          ) : null}
        </div>
      </div>
      {onTop === 'edit' ? <EditGroup conversation={conversation} onClose={close} /> : null}
      {onTop === 'add' ? addPeople({ there, onAdd, onClose: close }) : null}
      {onTop === 'leave' ? <LeaveGroup conversation={conversation} onClose={close} onGone={onGone} /> : null}
      {onTop === 'delete' ? <DeleteGroup conversation={conversation} onClose={close} onGone={onGone} /> : null}
    </>
  );
}
