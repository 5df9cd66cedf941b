import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { useReaders, useUser, type MessageEntry, type PendingEntry } from '@/realtime';
import { IconChecks, IconCopy, IconEdit, IconLink, IconRetry, IconTrash, IconUser } from '@/ui/icons';
import { MenuItem } from '@/ui/Menu';
import { showCard } from '@/ui/personCard';
import { PressMenu, type Point } from '@/ui/PressMenu';
import { fullLabel } from './dates';
import { useLog, useLogState } from './logState';
import styles from './rows.module.css';
import { useCopyActions, useFailedActions } from './useRowActions';

/* What a long press or a right click opens: the same as the bar, in words. It mounts when it is asked for. */
export function RowMenu({ entry }: { entry: MessageEntry | PendingEntry }) {
  const menu = useLogState((state) => (state.menu?.key === entry.key ? state.menu : null));
  return menu ? <MessageMenu entry={entry} at={menu.at} /> : null;
}

interface MessageMenuProps {
  entry: MessageEntry | PendingEntry;
  at: Point;
}

function MessageMenu({ entry, at }: MessageMenuProps) {
  const { t, i18n } = useLingui();
  const { conversationId, kind, selfId, store } = useLog();
  const text = entry.kind === 'message' ? entry.message.text : entry.text;
  const seq = entry.kind === 'message' ? entry.seq : 0;
  const mine = entry.kind === 'pending' || entry.message.sender_id === selfId;
  const author = useUser(kind === 'group' && !mine && entry.kind === 'message' ? entry.message.sender_id : null);
  const authorName = author?.display_name ?? '';
  const copy = useCopyActions(text, seq);
  const failed = useFailedActions(entry.kind === 'pending' ? entry.clientId : '');
  const readers = useReaders(conversationId, seq);
  const close = () => {
    store.setState({ menu: null });
  };
  const sentAt = Date.parse(entry.kind === 'message' ? entry.message.created_at : entry.at);
  const reads =
    kind === 'group' && mine && readers > 0
      ? t`Read by ${plural(readers, { one: '# person', other: '# people' })}`
      : null;
  return (
    <PressMenu
      label={t`Message actions`}
      at={at}
      onClose={close}
      head={
        <>
          <span>{fullLabel(i18n.locale, sentAt)}</span>
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
      {author ? (
        <MenuItem icon={<IconUser />} text={t`Profile of ${authorName}`} onAction={() => showCard(author.id)} />
      ) : null}
      {entry.kind === 'pending' && entry.state === 'failed' ? (
        <MenuItem icon={<IconTrash />} text={t`Delete`} onAction={failed.remove} danger />
      ) : null}
    </PressMenu>
  );
}
