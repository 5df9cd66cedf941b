/* One message: who, what, when, and how far it has come. Takes its entry alone and subscribes to the rest piece by piece. */
import { useLingui } from '@lingui/react/macro';
import { memo } from 'react';
import { useDelivered, useHandle, useReaders, useUser, type MessageEntry, type PendingEntry } from '@/realtime';
import { classes } from '@/ui/classes';
import { MessageState } from '@/ui/MessageState';
import { personColor } from '@/ui/person';
import { showCard } from '@/ui/personCard';
import { PersonFace } from '@/ui/PersonFace';
import { fullLabel, timeLabel } from './dates';
import { FailedNote } from './FailedNote';
import { useLog, useLogState } from './logState';
import { MessageText } from './markup/MessageText';
import { isBigEmoji } from './markup/shape';
import { RowActions } from './RowActions';
import { RowMenu } from './RowMenu';
import styles from './rows.module.css';

interface MessageRowProps {
  entry: MessageEntry | PendingEntry;
  authorId: string;
  at: number;
  /** Of a group of messages by one author. */
  first: boolean;
}

export const MessageRow = memo(function MessageRow({ entry, authorId, at, first }: MessageRowProps) {
  const { kind, selfId } = useLog();
  const { i18n } = useLingui();
  const mine = authorId === selfId;
  const text = entry.kind === 'message' ? entry.message.text : entry.text;
  const named = first && kind === 'group' && !mine;
  const failed = entry.kind === 'pending' && entry.state === 'failed';

  return (
    <>
      <div
        className={classes(
          styles.message,
          mine && styles.mine,
          first && styles.first,
          kind === 'group' && styles.group,
        )}
      >
        {kind === 'group' && !mine ? <AuthorFace id={authorId} shown={first} /> : null}
        <div className={styles.column}>
          <div className={classes(styles.bubble, isBigEmoji(text) && styles.bare, failed && styles.failed)}>
            {named ? <AuthorName id={authorId} /> : null}
            <MessageText rowKey={entry.key} text={text}>
              <span className={styles.meta} data-meta="" title={fullLabel(i18n.locale, at)}>
                <time dateTime={new Date(at).toISOString()}>{timeLabel(i18n.locale, at)}</time>
                {mine ? <OwnState entry={entry} /> : null}
              </span>
            </MessageText>
          </div>
          <RowActions entry={entry} />
        </div>
        <RowMenu entry={entry} />
      </div>
      {failed ? <FailedNote entry={entry} /> : null}
    </>
  );
});

/* Both lead to the card of the person; by keyboard it is the name. */
function AuthorName({ id }: { id: string }) {
  const user = useUser(id);
  const handle = useHandle(id);
  return (
    <button
      type="button"
      className={styles.author}
      style={{ color: personColor(id) }}
      data-inner=""
      tabIndex={-1}
      onClick={() => showCard(id)}
    >
      <bdi className={styles.authorName}>{user?.display_name ?? '\u2026'}</bdi>
      {handle ? <span className={styles.handle}>{handle}</span> : null}
    </button>
  );
}

function AuthorFace({ id, shown }: { id: string; shown: boolean }) {
  const user = useUser(id);
  return (
    <div className={styles.face}>{shown ? <PersonFace id={id} name={user?.display_name ?? ''} size="s" /> : null}</div>
  );
}

function OwnState({ entry }: { entry: MessageEntry | PendingEntry }) {
  const { conversationId, kind } = useLog();
  const seq = entry.kind === 'message' ? entry.seq : 0;
  const readers = useReaders(conversationId, seq);
  const delivered = useDelivered(conversationId, seq);
  const state = entry.kind === 'pending' ? entry.state : readers > 0 ? 'read' : delivered ? 'delivered' : 'sent';
  return <MessageState state={state} readers={kind === 'group' ? readers : 0} />;
}

/** Whether this row shows its bar: under the pointer, or with the focus. */
export function useHasBar(key: string): boolean {
  return useLogState((state) => state.hovered === key || (state.focused && state.active === key));
}
