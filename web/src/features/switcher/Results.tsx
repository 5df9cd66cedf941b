import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useEffectEvent, useLayoutEffect, useRef, type ReactNode } from 'react';
import { realtime } from '@/realtime';
import { Avatar } from '@/ui/Avatar';
import { Badge, badgeCount } from '@/ui/Badge';
import { Button } from '@/ui/Button';
import { IconUserPlus } from '@/ui/icons';
import { PersonMenu } from '@/ui/PersonMenu';
import { usePressMenu } from '@/ui/PressMenu';
import type { ChatsToOffer, ResultsKey } from './Switcher';
import styles from './Switcher.module.css';
import { useActiveItem } from '@/ui/useActiveItem';
import { useSwitcherItems, type SwitcherItem } from './useSwitcherItems';

interface ResultsProps extends ChatsToOffer {
  /** Of the list; its options' ids begin with it. */
  id: string;
  query: string;
  /** Pressed in the field and not answered yet, in order. */
  keys: readonly ResultsKey[];
  /** The first of them is done. */
  onTaken: () => void;
  /** The id of the option that Enter would open. */
  onActive: (id: string | null) => void;
  onClose: () => void;
  onOpenChat: (id: string) => void;
  /** Somebody is not here yet. */
  onInvite: () => void;
}

/* What answers to the words in the field. */
export function Results(props: ResultsProps) {
  const { id, openId, visited, chatLine, chatMenu, query, keys, onTaken, onActive, onClose, onOpenChat, onInvite } =
    props;
  const { t } = useLingui();
  const { items, searching } = useSwitcherItems(query, openId, visited);
  const { active, move } = useActiveItem(items, query);
  const optionId = (item: SwitcherItem) => `${id}-${item.id}`;
  const activeId = active ? optionId(active) : null;

  /* In the frame of the key: what is typed next is for the chat that opens. */
  function go(item: SwitcherItem): void {
    onClose();
    onOpenChat(item.user ? realtime.directWith(item.user) : item.id);
  }

  const take = useEffectEvent((key: ResultsKey): void => {
    // Enter waits for somebody to be found.
    if (key === 'Enter' && !active && searching) return;
    onTaken();
    if (key !== 'Enter') move(key === 'ArrowDown' ? 1 : -1);
    else if (active) go(active);
  });
  const [next] = keys;
  useLayoutEffect(() => {
    if (next) take(next);
  }, [keys, next, activeId, searching]);

  useLayoutEffect(() => {
    onActive(activeId);
  }, [activeId, onActive]);
  useEffect(() => {
    if (activeId) document.getElementById(activeId)?.scrollIntoView({ block: 'nearest' });
  }, [activeId]);

  return (
    <>
      {items.length > 0 ? (
        <div role="listbox" id={id} aria-label={t`Found`} className={styles.list}>
          {items.map((item) => (
            <Option
              key={item.id}
              id={optionId(item)}
              item={item}
              active={item === active}
              line={item.kind === 'chat' && !item.user ? chatLine(item.id) : null}
              menu={chatMenu}
              onPick={() => go(item)}
              onLeave={onClose}
            />
          ))}
        </div>
      ) : null}
      <p className={styles.empty} role="status">
        {items.length > 0 ? null : searching ? (
          <Trans>Searching…</Trans>
        ) : query.trim() ? (
          <Trans>Nothing found</Trans>
        ) : (
          <Trans>No chats yet</Trans>
        )}
      </p>
      <Button tone="plain" className={styles.invite} icon={<IconUserPlus size={18} />} onPress={onInvite}>
        <Trans>Not here? Invite</Trans>
      </Button>
    </>
  );
}

function Detail({ item }: { item: SwitcherItem }) {
  if (item.group) return <Plural value={item.memberCount} one="# member" other="# members" />;
  return item.username ? <>@{item.username}</> : null;
}

interface OptionProps {
  id: string;
  item: SwitcherItem;
  active: boolean;
  line: ReactNode;
  menu: ChatsToOffer['chatMenu'];
  onPick: () => void;
  onLeave: () => void;
}

function Option({ id, item, active, line, menu: chatMenu, onPick, onLeave }: OptionProps) {
  const row = useRef<HTMLDivElement>(null);
  const { at, close } = usePressMenu(row);
  return (
    <>
      {/* eslint-disable-next-line jsx-a11y-x/click-events-have-key-events -- the keys come to the field */}
      <div
        ref={row}
        id={id}
        className={styles.item}
        role="option"
        aria-selected={active}
        tabIndex={-1}
        onPointerDown={(event) => event.preventDefault()} // the focus stays in the field
        onClick={() => {
          // The press that opened the menu goes nowhere.
          if (!at) onPick();
        }}
      >
        <Avatar id={item.faceId} name={item.name} group={item.group} saved={item.saved} size="s" />
        <span className={styles.words}>
          <span className={styles.title}>
            <span className={styles.name}>{item.name}</span>
            <span className={styles.detail}>
              <Detail item={item} />
            </span>
          </span>
          {line}
        </span>
        {item.kind === 'person' ? (
          <Badge tone="soft">
            <Trans>new chat</Trans>
          </Badge>
        ) : null}
        {item.unread > 0 ? <Badge>{badgeCount(item.unread)}</Badge> : null}
      </div>
      {at && item.kind === 'person' ? <PersonMenu person={item} at={at} onClose={close} /> : null}
      {at && item.kind === 'chat' && !item.user ? chatMenu({ id: item.id, at, onClose: close, onLeave }) : null}
    </>
  );
}
