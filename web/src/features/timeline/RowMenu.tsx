import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { useRef } from 'react';
import { useReaders, type MessageEntry, type PendingEntry } from '@/realtime';
import { IconChecks, IconCopy, IconEdit, IconLink, IconRetry, IconTrash } from '@/ui/icons';
import { MenuItem, OpenMenu } from '@/ui/Menu';
import { fullLabel } from './dates';
import { useLog, useLogState } from './logState';
import styles from './rows.module.css';
import { useCopyActions, useFailedActions } from './useRowActions';

/* What a long press opens: the same as the bar, in words. It mounts when it is asked for. */
export function RowMenu({ entry }: { entry: MessageEntry | PendingEntry }) {
  const open = useLogState((state) => state.menu === entry.key);
  const anchor = useRef<HTMLSpanElement>(null);
  return (
    <>
      <span ref={anchor} className={styles.menuAnchor} />
      {open ? <MessageMenu entry={entry} anchor={anchor} /> : null}
    </>
  );
}

interface MessageMenuProps {
  entry: MessageEntry | PendingEntry;
  anchor: React.RefObject<HTMLSpanElement | null>;
}

function MessageMenu({ entry, anchor }: MessageMenuProps) {
  const { t, i18n } = useLingui();
  const { conversationId, kind, selfId, store } = useLog();
  const text = entry.kind === 'message' ? entry.message.text : entry.text;
  const seq = entry.kind === 'message' ? entry.seq : 0;
  const mine = entry.kind === 'pending' || entry.message.sender_id === selfId;
  const copy = useCopyActions(text, seq);
  const failed = useFailedActions(entry.kind === 'pending' ? entry.clientId : '');
  const readers = useReaders(conversationId, seq);
  const close = () => {
    store.setState({ menu: null });
  };
  const at = Date.parse(entry.kind === 'message' ? entry.message.created_at : entry.at);
  const reads =
    kind === 'group' && mine && readers > 0
      ? t`Read by ${plural(readers, { one: '# person', other: '# people' })}`
      : null;
  return (
    <OpenMenu
      label={t`Message actions`}
      anchor={anchor}
      onClose={close}
      head={
        <>
          <span>{fullLabel(i18n.locale, at)}</span>
          {reads === null ? null : (
            <span className={styles.menuReads}>
              <IconChecks size={15} /> {reads}
            </span>
          )}
        </>
      }
    >
      {entry.kind === 'pending' && entry.state === 'failed' ? (
        <>
          <MenuItem icon={<IconRetry />} text={t`Retry`} onAction={failed.retry} />
          <MenuItem icon={<IconEdit />} text={t`Edit`} onAction={failed.edit} />
        </>
      ) : null}
      <MenuItem icon={<IconCopy />} text={t`Copy text`} onAction={copy.copyText} />
      {seq > 0 ? <MenuItem icon={<IconLink />} text={t`Copy link`} onAction={copy.copyLink} /> : null}
      {entry.kind === 'pending' && entry.state === 'failed' ? (
        <MenuItem icon={<IconTrash />} text={t`Delete`} onAction={failed.remove} danger />
      ) : null}
    </OpenMenu>
  );
}
