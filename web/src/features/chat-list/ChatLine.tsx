import { useConversation, useUnsent } from '@/realtime';
import styles from './ChatLine.module.css';
import { ChatTime } from './ChatTime';
import { Preview } from './Preview';

/** What the list says of a chat, in one line, for where a chat is chosen. */
export function ChatLine({ id }: { id: string }) {
  const lastActivityAt = useConversation(id)?.lastActivityAt;
  const at = useUnsent(id)?.at ?? lastActivityAt;
  return (
    <span className={styles.line}>
      <Preview id={id} open={false} />
      {at ? <ChatTime at={at} /> : null}
    </span>
  );
}
