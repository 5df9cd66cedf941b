import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useMemo, useRef } from 'react';
import { errorText } from '@/api';
import { realtimeStore, type ConversationView } from '@/realtime';
import { Button } from '@/ui/Button';
import { EmptyState } from '@/ui/EmptyState';
import { Skeleton } from '@/ui/Skeleton';
import styles from './MemberList.module.css';
import { MemberRow } from './MemberRow';
import { byStanding } from './rights';
import type { Members } from './useMembers';

interface MemberListProps {
  conversation: ConversationView;
  members: Members;
  onOpenChat: (id: string) => void;
}

function Waiting({ count }: { count: number }) {
  const { t } = useLingui();
  return (
    <ul className={styles.list} role="status" aria-label={t`Loading members`}>
      {Array.from({ length: Math.min(Math.max(count, 1), 8) }, (_, index) => (
        <li key={index} className={styles.row}>
          <Skeleton round width="2.5rem" height="2.5rem" />
          <Skeleton width="55%" />
        </li>
      ))}
    </ul>
  );
}

/* When a row leaves that the focus was in, the focus goes to the next one, else to the one before, else to the heading. */
function useFocusAfterRemoval(members: Members) {
  const list = useRef<HTMLUListElement>(null);
  const leaving = useRef<{ id: string; neighbour: Element | null } | null>(null);
  useEffect(() => {
    const gone = leaving.current;
    if (!gone || members.members.some((member) => member.user_id === gone.id)) return;
    leaving.current = null;
    const button = gone.neighbour?.querySelector<HTMLElement>('button[aria-haspopup]');
    (button ?? document.getElementById('members-title'))?.focus();
  }, [members.members]);

  function onRemoved(id: string): void {
    const row = list.current?.querySelector(`[data-member="${CSS.escape(id)}"]`);
    leaving.current = { id, neighbour: row?.nextElementSibling ?? row?.previousElementSibling ?? null };
    members.reload();
  }
  return { list, onRemoved };
}

export function MemberList({ conversation, members, onOpenChat }: MemberListProps) {
  const { t, i18n } = useLingui();
  const users = realtimeStore((state) => state.users);
  const sorted = useMemo(() => {
    const named = members.members.map((member) => ({ ...member, name: users[member.user_id]?.display_name ?? '' }));
    return byStanding(named, i18n.locale);
  }, [members.members, users, i18n.locale]);

  const { list, onRemoved } = useFocusAfterRemoval(members);

  if (members.status === 'loading') return <Waiting count={conversation.memberCount} />;
  if (members.status === 'failed')
    return (
      <EmptyState
        title={errorText(members.error)}
        action={
          <Button onPress={members.reload}>
            <Trans>Try again</Trans>
          </Button>
        }
      />
    );
  return (
    <>
      <ul ref={list} className={styles.list} aria-label={t`Members`}>
        {sorted.map((member) => (
          <MemberRow
            key={member.user_id}
            conversationId={conversation.id}
            myRole={conversation.role}
            userId={member.user_id}
            role={member.role}
            onChanged={members.reload}
            onRemoved={onRemoved}
            onOpenChat={onOpenChat}
          />
        ))}
      </ul>
      {members.hasMore ? (
        <div className={styles.more}>
          <Button size="s" isPending={members.loadingMore} onPress={members.loadMore}>
            <Trans>Show more</Trans>
          </Button>
        </div>
      ) : null}
    </>
  );
}
