import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useLayoutEffect, useState, type ReactNode } from 'react';
import { Composer } from '@/features/composer';
import { ChatHeader, Timeline } from '@/features/timeline';
import { begunPeer, realtime, useConversation, useConversationIds, useDirectWith } from '@/realtime';
import { EmptyState } from '@/ui/EmptyState';
import { IconChat } from '@/ui/icons';
import { usePreferences } from '@/ui/preferences';
import { usePhone, useTouch } from '@/ui/useMediaQuery';
import styles from './ChatView.module.css';
import { LostChat } from './LostChat';
import { goInstead } from './navigation';
import { chatPath, detailsPath } from './routes';
import { isMac, keysText } from './shortcuts';

export interface ChatViewProps {
  id: string;
  details: boolean;
  jumpTo: number | undefined;
  onBack: () => void;
  onDetails: () => void;
}

/* A finger lands on the title: a field that has the focus would open the keyboard. */
function useFocusOnOpen(ready: boolean, wanted: boolean): void {
  useEffect(() => {
    if (!ready || !wanted) return;
    document.getElementById('chat-title')?.focus({ preventScroll: true });
  }, [ready, wanted]);
}

/* Somebody was chosen to write to. As soon as there is a conversation with them, this is it. */
function useBegun(id: string, details: boolean): void {
  const { ready } = useConversationIds();
  const peerId = begunPeer(id);
  const made = useDirectWith(peerId);
  useLayoutEffect(() => {
    if (made) goInstead(details ? detailsPath(made) : chatPath(made));
    else if (peerId !== null && ready) realtime.begin(peerId);
  }, [peerId, made, ready, details]);
}

export function ChatView({ id, details, jumpTo, onBack, onDetails }: ChatViewProps) {
  const phone = usePhone();
  const touch = useTouch();
  const { enterSends } = usePreferences();
  const { ready } = useConversationIds();
  const known = useConversation(id) !== undefined;
  // Who has chosen somebody is about to write, also with a finger; and goes on writing when the chat is made.
  const [begun] = useState(begunPeer(id) !== null);
  useFocusOnOpen(known, touch && !begun);
  useBegun(id, details);

  if (!known) return ready && begunPeer(id) === null ? <LostChat id={id} /> : null;
  return (
    <section className={styles.chat}>
      <ChatHeader conversationId={id} detailsOpen={details} onDetails={onDetails} onBack={phone ? onBack : undefined} />
      <Timeline conversationId={id} jumpTo={jumpTo} />
      <Composer conversationId={id} autoFocus={!touch || begun} enterSends={enterSends} />
    </section>
  );
}

/* The main part with no chat in it. */
interface NoChatProps {
  /** The address leads nowhere. */
  lost?: boolean;
  /** While there is no chat at all. */
  welcome?: ReactNode;
}

export function NoChat({ lost = false, welcome = null }: NoChatProps) {
  const { t } = useLingui();
  const { ready, ids } = useConversationIds();
  const keys = keysText('Mod+k').join(isMac ? '' : '+');
  if (lost) return <LostChat id="" />;
  if (!ready) return null;
  if (ids.length === 0) return welcome;
  return (
    <EmptyState
      icon={<IconChat size={28} />}
      title={t`Choose a chat`}
      text={<Trans>Your conversations are on the left. {keys} takes you to any of them.</Trans>}
    />
  );
}
