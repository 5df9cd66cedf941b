import { Plural, useLingui } from '@lingui/react/macro';
import { memo } from 'react';
import { useSession } from '@/api';
import { useConversation, useDraft, useName, useSaved, useTyping, useUnsent } from '@/realtime';
import { showsNothing } from '@/ui/blank';
import { preview } from '@/ui/markup/preview';
import styles from './Preview.module.css';

const LENGTH_MAX = 120;

function firstLine(text: string, truncated?: boolean): string {
  return preview(text, { hidden: '▒▒▒', truncated, length: LENGTH_MAX });
}

function Typing({ ids, group }: { ids: readonly string[]; group: boolean }) {
  const { t } = useLingui();
  const first = useName(ids[0]);
  if (!group) return <>{t`typing…`}</>;
  if (ids.length > 1) return <Plural value={ids.length} one="# person is typing…" other="# people are typing…" />;
  return <>{first ? t`${first} is typing…` : t`typing…`}</>;
}

/* One line about the chat: who is typing, else what I began to write, else the last message. */
export const Preview = memo(function Preview({ id, open }: { id: string; open: boolean }) {
  const { t } = useLingui();
  const { userId } = useSession();
  const conversation = useConversation(id);
  const typing = useTyping(id);
  // The open chat's draft is in its composer; following it here would draw the list at each key.
  const draft = useDraft(open ? '' : id);
  // What waits for the network is the newest there is.
  const unsent = useUnsent(id);
  const message = conversation?.lastMessage ?? null;
  const group = conversation?.kind === 'group';
  const mine = unsent !== undefined || message?.sender_id === userId;
  const saved = useSaved(id);
  const author = useName(group && message && !mine ? message.sender_id : null);
  const text = unsent?.text ?? message?.text;

  if (typing.length > 0)
    return (
      <span className={styles.preview} data-kind="typing">
        <Typing ids={typing} group={group} />
      </span>
    );
  if (draft && !showsNothing(draft.text))
    return (
      <span className={styles.preview}>
        <span className={styles.draft}>{t`Draft:`}</span> {firstLine(draft.text)}
      </span>
    );
  if (text === undefined)
    return <span className={styles.preview}>{group ? t`The group is ready` : t`No messages yet`}</span>;

  const who = mine ? t`You` : author;
  return (
    <span className={styles.preview}>
      {(group || (mine && !saved)) && who ? <span className={styles.author}>{who}: </span> : null}
      {firstLine(text, unsent ? false : message?.truncated)}
    </span>
  );
});
