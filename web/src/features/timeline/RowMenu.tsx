import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { useRef } from 'react';
import { Menu, MenuItem, Popover } from 'react-aria-components';
import { realtimeStore, type MessageEntry, type PendingEntry } from '@/realtime';
import { classes } from '@/ui/classes';
import { IconChecks, IconCopy, IconEdit, IconLink, IconRetry, IconTrash, type IconComponent } from '@/ui/icons';
import { fullLabel } from './dates';
import { useLog, useLogState } from './logState';
import { readersOf } from './reads';
import styles from './rows.module.css';
import { useCopyActions, useFailedActions } from './useRowActions';

/* What a long press opens: the same as the bar, in words. It mounts when it is asked for. */
export function RowMenu({ entry }: { entry: MessageEntry | PendingEntry }) {
  const open = useLogState((state) => state.menu === entry.key);
  const anchor = useRef<HTMLSpanElement>(null);
  return (
    <>
      <span ref={anchor} className={styles.menuAnchor} />
      {open ? <OpenMenu entry={entry} anchor={anchor} /> : null}
    </>
  );
}

interface OpenMenuProps {
  entry: MessageEntry | PendingEntry;
  anchor: React.RefObject<HTMLSpanElement | null>;
}

function OpenMenu({ entry, anchor }: OpenMenuProps) {
  const { t, i18n } = useLingui();
  const { conversationId, kind, selfId, store } = useLog();
  const text = entry.kind === 'message' ? entry.message.text : entry.text;
  const seq = entry.kind === 'message' ? entry.seq : 0;
  const mine = entry.kind === 'pending' || entry.message.sender_id === selfId;
  const copy = useCopyActions(text, seq);
  const failed = useFailedActions(entry.kind === 'pending' ? entry.clientId : '');
  const readers = realtimeStore((state) => readersOf(state.reads[conversationId], seq));
  const close = () => {
    store.setState({ menu: null });
  };
  const at = Date.parse(entry.kind === 'message' ? entry.message.created_at : entry.at);
  const reads =
    kind === 'group' && mine && readers > 0
      ? t`Read by ${plural(readers, { one: '# person', other: '# people' })}`
      : null;
  return (
    <Popover triggerRef={anchor} isOpen onOpenChange={close} placement="bottom" className={styles.menu} offset={4}>
      <div className={styles.menuHead}>
        <span>{fullLabel(i18n.locale, at)}</span>
        {reads === null ? null : (
          <span className={styles.menuReads}>
            <IconChecks size={15} /> {reads}
          </span>
        )}
      </div>
      <Menu aria-label={t`Message actions`} className={styles.menuList} onClose={close}>
        {entry.kind === 'pending' && entry.state === 'failed' ? (
          <>
            <Item icon={IconRetry} label={t`Retry`} run={failed.retry} />
            <Item icon={IconEdit} label={t`Edit`} run={failed.edit} />
          </>
        ) : null}
        <Item icon={IconCopy} label={t`Copy text`} run={copy.copyText} />
        {seq > 0 ? <Item icon={IconLink} label={t`Copy link`} run={copy.copyLink} /> : null}
        {entry.kind === 'pending' && entry.state === 'failed' ? (
          <Item icon={IconTrash} label={t`Delete`} run={failed.remove} danger />
        ) : null}
      </Menu>
    </Popover>
  );
}

interface ItemProps {
  icon: IconComponent;
  label: string;
  run: () => void;
  danger?: boolean;
}

function Item({ icon: Icon, label, run, danger = false }: ItemProps) {
  return (
    <MenuItem className={classes(styles.menuItem, danger && styles.danger)} onAction={run} textValue={label}>
      <Icon size={18} />
      <span>{label}</span>
    </MenuItem>
  );
}
