import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { Autocomplete, Input, ListBox, ListBoxItem, SearchField } from 'react-aria-components';
import { errorText } from '@/api';
import { realtime } from '@/realtime';
import { Avatar } from '@/ui/Avatar';
import { Badge, badgeCount } from '@/ui/Badge';
import { Dialog } from '@/ui/Dialog';
import { IconSearch } from '@/ui/icons';
import { showToast } from '@/ui/toasts';
import styles from './Switcher.module.css';
import { useSwitcherItems, type SwitcherItem } from './useSwitcherItems';

export interface SwitcherProps {
  onClose: () => void;
  onOpenChat: (id: string) => void;
}

function Detail({ item }: { item: SwitcherItem }) {
  if (item.group) return <Plural value={item.memberCount} one="# member" other="# members" />;
  return <>@{item.username}</>;
}

/* Ctrl+K: a few letters, Enter, there. The focus stays in the field; the arrows move the mark in the list. */
export function Switcher({ onClose, onOpenChat }: SwitcherProps) {
  const { t } = useLingui();
  const [query, setQuery] = useState('');
  const { items, searching } = useSwitcherItems(query);

  async function go(item: SwitcherItem): Promise<void> {
    onClose();
    if (item.kind === 'chat') return onOpenChat(item.id);
    try {
      onOpenChat(await realtime.createDirect(item.id));
    } catch (error) {
      showToast(errorText(error), { tone: 'error', action: { label: t`Try again`, run: () => void go(item) } });
    }
  }

  function onAction(key: string): void {
    const item = items.find((each) => each.id === key);
    if (item) void go(item);
  }

  return (
    <Dialog title={t`Go to a chat or a person`} hideTitle isOpen onClose={onClose} closeLabel={t`Close`} width="m" tall>
      <Autocomplete inputValue={query} onInputChange={setQuery}>
        <SearchField
          className={styles.field}
          aria-label={t`Chat or person`}
          autoFocus
          onKeyDown={(event) => {
            // The field would only be emptied first.
            if (event.key === 'Escape') onClose();
            else event.continuePropagation();
          }}
        >
          <IconSearch className={styles.icon} />
          <Input className={styles.input} placeholder={t`Chat or person`} />
        </SearchField>
        <ListBox
          className={styles.list}
          aria-label={t`Found`}
          items={items}
          selectionMode="none"
          onAction={(key) => onAction(String(key))}
          renderEmptyState={() => (
            <p className={styles.empty}>
              {searching ? (
                <Trans>Searching…</Trans>
              ) : query.trim() ? (
                <Trans>Nothing found</Trans>
              ) : (
                <Trans>No chats yet</Trans>
              )}
            </p>
          )}
        >
          {(item) => (
            <ListBoxItem id={item.id} textValue={item.name} className={styles.item}>
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
            </ListBoxItem>
          )}
        </ListBox>
      </Autocomplete>
    </Dialog>
  );
}
