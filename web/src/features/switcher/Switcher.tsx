import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useId, useState, type KeyboardEvent } from 'react';
import { errorText } from '@/api';
import { realtime } from '@/realtime';
import { Avatar } from '@/ui/Avatar';
import { Badge, badgeCount } from '@/ui/Badge';
import { Dialog } from '@/ui/Dialog';
import { IconSearch } from '@/ui/icons';
import { showToast } from '@/ui/toasts';
import styles from './Switcher.module.css';
import { useActiveItem } from './useActiveItem';
import { useSwitcherItems, type SwitcherItem } from './useSwitcherItems';

export interface SwitcherProps {
  onClose: () => void;
  onOpenChat: (id: string) => void;
}

/* The dialog was opened to write into it. */
const takeFocus = (field: HTMLInputElement | null) => field?.focus();

function Detail({ item }: { item: SwitcherItem }) {
  if (item.group) return <Plural value={item.memberCount} one="# member" other="# members" />;
  return <>@{item.username}</>;
}

/* Ctrl+K: a few letters, Enter, there. The focus stays in the field; the arrows move the mark in the list. */
export function Switcher({ onClose, onOpenChat }: SwitcherProps) {
  const { t } = useLingui();
  const [query, setQuery] = useState('');
  const { items, searching } = useSwitcherItems(query);
  const { active, move, reset } = useActiveItem(items);
  const listId = useId();
  const optionId = (id: string) => `${listId}-${id}`;

  useEffect(() => {
    if (active) document.getElementById(`${listId}-${active.id}`)?.scrollIntoView({ block: 'nearest' });
  }, [listId, active]);

  async function go(item: SwitcherItem): Promise<void> {
    onClose();
    if (item.kind === 'chat') return onOpenChat(item.id);
    try {
      onOpenChat(await realtime.createDirect(item.id));
    } catch (error) {
      showToast(errorText(error), { tone: 'error', action: { label: t`Try again`, run: () => void go(item) } });
    }
  }

  function onKeyDown(event: KeyboardEvent): void {
    // While a word is being composed, its keys choose among the suggestions.
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) move(step);
    else if (event.key === 'Enter') {
      if (active) void go(active);
    } else if (event.key === 'Escape') onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <Dialog title={t`Go to a chat or a person`} hideTitle isOpen onClose={onClose} closeLabel={t`Close`} width="m" tall>
      <div className={styles.field}>
        <IconSearch className={styles.icon} />
        <input
          className={styles.input}
          type="search"
          aria-label={t`Chat or person`}
          aria-autocomplete="list"
          aria-controls={listId}
          aria-activedescendant={active ? optionId(active.id) : undefined}
          placeholder={t`Chat or person`}
          autoComplete="off"
          autoCorrect="off"
          spellCheck={false}
          enterKeyHint="go"
          ref={takeFocus}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            reset();
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div className={styles.list}>
        <div role="listbox" id={listId} aria-label={t`Found`}>
          {items.map((item) => (
            <Option
              key={item.id}
              id={optionId(item.id)}
              item={item}
              active={item === active}
              onPick={() => void go(item)}
            />
          ))}
        </div>
        <p className={styles.empty} role="status">
          {items.length > 0 ? null : searching ? (
            <Trans>Searching…</Trans>
          ) : query.trim() ? (
            <Trans>Nothing found</Trans>
          ) : (
            <Trans>No chats yet</Trans>
          )}
        </p>
      </div>
    </Dialog>
  );
}

interface OptionProps {
  id: string;
  item: SwitcherItem;
  active: boolean;
  onPick: () => void;
}

function Option({ id, item, active, onPick }: OptionProps) {
  return (
    // eslint-disable-next-line jsx-a11y-x/click-events-have-key-events -- the keys come to the field, which has the focus
    <div
      id={id}
      className={styles.item}
      role="option"
      aria-selected={active}
      tabIndex={-1}
      onPointerDown={(event) => event.preventDefault()} // the focus stays in the field
      onClick={onPick}
    >
      <Avatar id={item.faceId} name={item.name} group={item.group} size="s" />
      <span className={styles.name}>{item.name}</span>
      <span className={styles.detail}>
        <Detail item={item} />
      </span>
      {item.kind === 'person' ? (
        <Badge tone="soft">
          <Trans>new chat</Trans>
        </Badge>
      ) : null}
      {item.unread > 0 ? <Badge>{badgeCount(item.unread)}</Badge> : null}
    </div>
  );
}
