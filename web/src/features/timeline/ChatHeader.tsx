import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { memo } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import {
  useClosed,
  useConversation,
  savedTitle,
  useHandle,
  useOnlineMembers,
  useSaved,
  usePresence,
  useTyping,
  useUser,
  type ConversationView,
  realtime,
  useConnection,
} from '@/realtime';
import { Avatar } from '@/ui/Avatar';
import { IconButton } from '@/ui/IconButton';
import { IconBack, IconInfo } from '@/ui/icons';
import { PersonFace } from '@/ui/PersonFace';
import { Skeleton } from '@/ui/Skeleton';
import styles from './ChatHeader.module.css';
import { lastSeen } from './lastSeen';
import { TypingLine } from './TypingLine';
import { useMinute } from './useMinute';

interface ChatHeaderProps {
  conversationId: string;
  /** On a phone: back to the list. */
  onBack?: (() => void) | undefined;
  onDetails?: (() => void) | undefined;
  detailsOpen?: boolean | undefined;
}

/* Who one is talking to. Holds the heading of the view. */
export const ChatHeader = memo(function ChatHeader({
  conversationId,
  onBack,
  onDetails,
  detailsOpen,
}: ChatHeaderProps) {
  const { t } = useLingui();
  const conversation = useConversation(conversationId);
  const saved = useSaved(conversationId);
  return (
    <header className={styles.header}>
      {onBack ? (
        <IconButton label={t`Back to the chats`} onPress={onBack} className={styles.back} tooltip="none">
          <IconBack />
        </IconButton>
      ) : null}
      {conversation ? (
        <Who conversation={conversation} alone={onBack !== undefined} onDetails={saved ? undefined : onDetails} />
      ) : (
        <WaitingWho />
      )}
      {onDetails && conversation && !saved ? (
        <IconButton
          label={conversation.kind === 'group' ? t`About the group` : t`About this person`}
          onPress={onDetails}
          aria-expanded={detailsOpen ?? false}
          tooltip="bottom end"
        >
          <IconInfo />
        </IconButton>
      ) : null}
    </header>
  );
});

function WaitingWho() {
  return (
    <div className={styles.who}>
      <Skeleton width="2.25rem" height="2.25rem" round />
      <div className={styles.words}>
        <Skeleton width="9rem" />
      </div>
    </div>
  );
}

interface WhoProps {
  conversation: ConversationView;
  /** The list, which has the way to try again, is not beside it. */
  alone: boolean;
}

interface HeadProps extends WhoProps {
  onDetails: (() => void) | undefined;
}

function Who({ conversation, alone, onDetails }: HeadProps) {
  const { id, kind, peerId, title } = conversation;
  const peer = useUser(peerId);
  const presence = usePresence(peerId);
  const saved = useSaved(id);
  const name = saved ? savedTitle() : kind === 'group' ? title : (peer?.display_name ?? '\u2026');
  const Face = peerId && !saved ? PersonFace : Avatar;
  return (
    // The button beside it does the same, and is there for the keyboard.
    // eslint-disable-next-line jsx-a11y-x/click-events-have-key-events, jsx-a11y-x/no-static-element-interactions
    <div className={styles.who} onClick={onDetails} data-leads={onDetails ? '' : undefined}>
      <Face
        id={peerId ?? id}
        name={name}
        group={kind === 'group'}
        saved={saved}
        online={presence?.stale ? 'stale' : presence?.online}
        className={styles.face ?? ''}
      />
      <div className={styles.words}>
        <h1 id="chat-title" className={styles.title} tabIndex={-1}>
          <bdi>{name}</bdi>
        </h1>
        <Line conversation={conversation} alone={alone} />
      </div>
    </div>
  );
}

/* The second line. Without anything to say there is none, and the name stands in the middle. */
function Line({ conversation, alone }: WhoProps) {
  const { lost } = useConnection();
  const presence = usePresence(conversation.peerId);
  const typing = useTyping(conversation.id);
  const closed = useClosed(conversation.id);
  const saved = useSaved(conversation.id);
  const handle = useHandle(saved ? null : conversation.peerId);
  if (lost)
    return (
      <div className={styles.line} data-lost>
        <Connecting alone={alone} />
      </div>
    );
  const hidden = presence && !presence.online && presence.lastSeenAt === null;
  if (hidden && typing.length === 0 && !closed && !handle) return null;
  return (
    <div className={styles.line}>
      {handle ? <span className={styles.handle}>{handle}</span> : null}
      <State conversation={conversation} />
    </div>
  );
}

function Connecting({ alone }: { alone: boolean }) {
  const { t } = useLingui();
  const { status } = useConnection();
  return (
    <>
      <span>{t`Connecting…`}</span>
      {alone ? (
        <AriaButton
          className={styles.again}
          isDisabled={status === 'connecting'}
          onPress={() => realtime.tryNow()}
        >{t`Try now`}</AriaButton>
      ) : null}
    </>
  );
}

function State({ conversation }: { conversation: ConversationView }) {
  const { t } = useLingui();
  const { id, kind, memberCount, peerId } = conversation;
  const typing = useTyping(id);
  const closed = useClosed(id);
  const saved = useSaved(id);
  if (saved) return <span>{t`only you see them`}</span>;
  if (typing.length > 0) return <TypingLine userIds={typing} named={kind === 'group'} />;
  if (closed) return <span>{t`account closed`}</span>;
  if (kind === 'group') return <Members conversationId={id} count={memberCount} />;
  return <Presence userId={peerId} />;
}

function Members({ conversationId, count }: { conversationId: string; count: number }) {
  const { t } = useLingui();
  const online = useOnlineMembers(conversationId);
  const members = t`${plural(count, { one: '# member', other: '# members' })}`;
  return <span>{online > 0 ? t`${members}, ${plural(online, { one: '# online', other: '# online' })}` : members}</span>;
}

function Presence({ userId }: { userId: string | null }) {
  const { t, i18n } = useLingui();
  const presence = usePresence(userId);
  const now = useMinute();
  if (!presence) return null;
  if (presence.online) return <span className={styles.online}>{t`online`}</span>;
  if (presence.lastSeenAt === null) return null;
  const when = lastSeen(i18n.locale, Date.parse(presence.lastSeenAt), now);
  return <span>{when === null ? t`was here just now` : t`last seen ${when}`}</span>;
}
