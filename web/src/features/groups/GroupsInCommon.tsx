import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useId } from 'react';
import { errorText } from '@/api';
import { useConversation } from '@/realtime';
import { Avatar } from '@/ui/Avatar';
import { Button } from '@/ui/Button';
import { Skeleton } from '@/ui/Skeleton';
import styles from './DetailsPanel.module.css';
import { useGroupsInCommon } from './useGroupsInCommon';

interface GroupsInCommonProps {
  userId: string;
  onOpenChat: (id: string) => void;
}

/* Where one meets somebody beside the chat with them. */
export function GroupsInCommon({ userId, onOpenChat }: GroupsInCommonProps) {
  const { t } = useLingui();
  const titleId = useId();
  const { groups, status, error, hasMore, loadingMore, loadMore, retry } = useGroupsInCommon(userId);
  return (
    <section className={styles.common} aria-labelledby={titleId}>
      <h3 id={titleId} className={styles.commonTitle}>
        <Trans>Groups in common</Trans>
      </h3>
      {status === 'loading' ? (
        <div className={styles.place} role="status" aria-label={t`Loading groups`}>
          <Skeleton width="60%" />
        </div>
      ) : null}
      {status === 'failed' ? (
        <p className={styles.place}>
          {errorText(error)}{' '}
          <Button tone="plain" size="s" onPress={retry}>
            <Trans>Try again</Trans>
          </Button>
        </p>
      ) : null}
      {status === 'ready' && groups.length === 0 ? (
        <p className={styles.place}>
          <Trans>You have no groups in common.</Trans>
        </p>
      ) : null}
      {groups.length > 0 ? (
        <ul aria-labelledby={titleId}>
          {groups.map((group) => (
            <li key={group.id}>
              <Group id={group.id} title={group.title} memberCount={group.member_count} onOpenChat={onOpenChat} />
            </li>
          ))}
        </ul>
      ) : null}
      {hasMore ? (
        <Button size="s" isPending={loadingMore} onPress={loadMore}>
          <Trans>Show more</Trans>
        </Button>
      ) : null}
    </section>
  );
}

interface GroupProps {
  id: string;
  title: string;
  memberCount: number;
  onOpenChat: (id: string) => void;
}

/* The chat knows of a new name at once. */
function Group({ id, title, memberCount, onOpenChat }: GroupProps) {
  const chat = useConversation(id);
  const name = chat?.title ?? title;
  const count = chat?.memberCount ?? memberCount;
  return (
    <button type="button" className={styles.place} onClick={() => onOpenChat(id)}>
      <Avatar id={id} name={name} group size="s" />
      <span className={styles.placeName}>
        <bdi>{name}</bdi>
      </span>
      <span className={styles.under}>
        <Plural value={count} one="# member" other="# members" />
      </span>
    </button>
  );
}
