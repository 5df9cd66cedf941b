import { Trans, useLingui } from '@lingui/react/macro';
import { useState, type ReactNode } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { realtime, useConnection, useConversationIds } from '@/realtime';
import { Button } from '@/ui/Button';
import { EmptyState } from '@/ui/EmptyState';
import { IconButton } from '@/ui/IconButton';
import { IconChat, IconCompose, IconSearch } from '@/ui/icons';
import { Spinner } from '@/ui/Spinner';
import styles from './ChatList.module.css';
import { ChatRows } from './ChatRows';
import { ChatRowsSkeleton } from './ChatRowsSkeleton';
import { UnreadPills } from './UnreadPills';
import { useOpenInView } from './useOpenInView';
import { useChatCommands } from './useChatCommands';

export interface ChatListProps {
  openId: string | null;
  pathOf: (id: string) => string;
  onOpen: (id: string) => void;
  onNewChat: () => void;
  onSearch: () => void;
  /** In place of the list while there is nothing in it; without it, it stands in the main part, with what to do. */
  welcome?: ReactNode;
  /** The button with one's own picture. */
  account: ReactNode;
}

const mac = /mac|iphone|ipad/i.test(navigator.platform);

export function ChatList({ openId, pathOf, onOpen, onNewChat, onSearch, welcome, account }: ChatListProps) {
  const { t } = useLingui();
  const { ready, ids } = useConversationIds();
  const { lost } = useConnection();
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  useChatCommands(openId, onOpen);
  useOpenInView(scroller, ids, openId);

  // One h1 per view: with a chat open it is the chat's name.
  const Heading = openId === null ? 'h1' : 'h2';
  const empty = ready && ids.length === 0;
  return (
    <div className={styles.column}>
      <header className={styles.header}>
        {account}
        <Heading className={lost ? 'visually-hidden' : styles.title}>
          <Trans>Chats</Trans>
        </Heading>
        {lost ? <Connecting /> : null}
        <IconButton label={t`New chat`} onPress={onNewChat}>
          <IconCompose />
        </IconButton>
      </header>
      <div className={styles.search} role="search">
        <AriaButton className={styles.searchButton} onPress={onSearch} aria-keyshortcuts={mac ? 'Meta+K' : 'Control+K'}>
          <IconSearch size={18} />
          <span className={styles.searchText}>
            <Trans>Find a chat or a person</Trans>
          </span>
          <kbd className={styles.searchKeys} aria-hidden="true">
            {mac ? '⌘K' : 'Ctrl K'}
          </kbd>
        </AriaButton>
      </div>
      <div className={styles.rows} aria-busy={!ready}>
        {!ready ? <ChatRowsSkeleton /> : null}
        {empty && welcome ? welcome : null}
        {empty && !welcome ? (
          <EmptyState
            icon={<IconChat size={28} />}
            title={t`No chats yet`}
            text={<Trans>Everything begins with a first message.</Trans>}
          />
        ) : null}
        {ready && !empty ? (
          <>
            <ChatRows scroller={setScroller} ids={ids} openId={openId} pathOf={pathOf} />
            <UnreadPills scroller={scroller} ids={ids} />
          </>
        ) : null}
      </div>
    </div>
  );
}

/* In place of the title: what is lost is said where it moves nothing. */
function Connecting() {
  const { status } = useConnection();
  return (
    <div className={styles.connecting}>
      <Spinner size={16} />
      <span className={styles.connectingText}>
        <Trans>Connecting…</Trans>
      </span>
      <Button size="s" tone="plain" isDisabled={status === 'connecting'} onPress={() => realtime.tryNow()}>
        <Trans>Try now</Trans>
      </Button>
    </div>
  );
}
