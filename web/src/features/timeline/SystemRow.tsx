import { useLingui } from '@lingui/react/macro';
import { memo } from 'react';
import { useUser, type SystemEntry } from '@/realtime';
import { useLog } from './logState';
import { isolate } from './isolate';
import styles from './rows.module.css';
import { systemText } from './systemText';

/* Somebody came, went, renamed: a line between the messages. */
export const SystemLine = memo(function SystemLine({ entry }: { entry: SystemEntry }) {
  const { t, i18n } = useLingui();
  const { selfId } = useLog();
  const { event } = entry;
  const actor = useUser(event.actorId);
  const user = useUser('userId' in event ? event.userId : null);
  const unknown = t`Somebody`;
  const names = {
    actor: isolate(actor?.display_name ?? unknown),
    user: isolate(user?.display_name ?? unknown),
  };
  const said = 'title' in event ? { ...event, title: isolate(event.title) } : event;
  return <p className={styles.systemText}>{i18n._(systemText(said, names, selfId))}</p>;
});
