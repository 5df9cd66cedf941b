import { useLingui } from '@lingui/react/macro';
import { memo, Suspense, useEffect, useRef } from 'react';
import {
  useConversation,
  useConversationTitle,
  useHandle,
  usePresence,
  useSaved,
  useUnsent,
  type PendingEntry,
} from '@/realtime';
import { Avatar } from '@/ui/Avatar';
import { Badge, badgeCount } from '@/ui/Badge';
import { IconAlert, IconClock } from '@/ui/icons';
import { usePressMenu } from '@/ui/PressMenu';
import { Skeleton } from '@/ui/Skeleton';
import styles from './ChatRow.module.css';
import { LastState } from './LastState';
import { ChatTime } from './ChatTime';
import { ChatMenu } from './menuPart';
import { Preview } from './Preview';

interface ChatRowProps {
  id: string;
  open: boolean;
  href: string;
}

/* One chat as the list shows it. It takes an id and follows only that chat. */
export const ChatRow = memo(function ChatRow({ id, open, href }: ChatRowProps) {
  const { t } = useLingui();
  const conversation = useConversation(id);
  const title = useConversationTitle(id);
  const saved = useSaved(id);
  const handle = useHandle(saved ? null : conversation?.peerId);
  const presence = usePresence(conversation?.peerId);
  const online = presence?.online ?? false;
  const unsent = useUnsent(id);
  const content = useRef<HTMLDivElement>(null);
  const menu = usePressMenu(content, '[role="row"]');
  useEffect(() => {
    // React Aria lets no aria-current through to its row.
    const row = content.current?.closest('[role="row"]');
    if (open) row?.setAttribute('aria-current', 'page');
    else row?.removeAttribute('aria-current');
  }, [open]);
  if (!conversation) return null;

  // The chat one looks at is read in this moment: a badge would only flash.
  const unread = open ? 0 : conversation.unread;
  const mentions = open ? 0 : conversation.mentions;
  const count = badgeCount(unread);
  const at = unsent?.at ?? conversation.lastActivityAt;
  return (
    <div ref={content} className={styles.row} data-unread={unread > 0 || undefined}>
      <Avatar
        id={conversation.peerId ?? id}
        name={title}
        group={conversation.kind === 'group'}
        online={presence?.stale ? 'stale' : online}
        saved={saved}
        size="l"
        className={styles.face ?? ''}
      />
      <div className={styles.words}>
        <div className={styles.line}>
          <span className={styles.title}>{title || <Skeleton width="8rem" />}</span>
          {online ? <span className="visually-hidden">{t`online`}</span> : null}
          {unsent ? <Unsent state={unsent.state} /> : <LastState id={id} />}
          <ChatTime at={at} />
        </div>
        <div className={styles.line}>
          {handle ? <span className={styles.handle}>{handle}</span> : null}
          <Preview id={id} open={open} />
          {mentions > 0 ? (
            <Badge tone="mention">
              <span aria-hidden="true">@</span>
              <span className="visually-hidden">{t`You are mentioned`}</span>
            </Badge>
          ) : null}
          {unread > 0 ? (
            <Badge>
              <span aria-hidden="true">{count}</span>
              <span className="visually-hidden">{t`unread: ${count}`}</span>
            </Badge>
          ) : null}
        </div>
      </div>
      {menu.at ? (
        <Suspense fallback={null}>
          <ChatMenu id={id} href={href} at={menu.at} onClose={menu.close} />
        </Suspense>
      ) : null}
    </div>
  );
});

/* The last message has not arrived at the server. */
function Unsent({ state }: { state: PendingEntry['state'] }) {
  const { t } = useLingui();
  return (
    <span className={styles.unsent} data-unsent={state}>
      {state === 'failed' ? <IconAlert size={14} /> : <IconClock size={14} />}
      <span className="visually-hidden">{state === 'failed' ? t`Not sent` : t`Sending`}</span>
    </span>
  );
}
