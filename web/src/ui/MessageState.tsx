import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { memo } from 'react';
import { classes } from './classes';
import { IconAlert, IconCheck, IconChecks, IconClock } from './icons';
import styles from './MessageState.module.css';

export type OwnMessageState = 'sending' | 'sent' | 'delivered' | 'read' | 'failed';

interface MessageStateProps {
  state: OwnMessageState;
  /** In a group: how many have read it. */
  readers: number;
}

/* How far a message of mine has come: a sign for the eye, a word for the rest. */
export const MessageState = memo(function MessageState({ state, readers }: MessageStateProps) {
  const { t } = useLingui();
  const words = {
    sending: t`Sending`,
    sent: t`Sent`,
    delivered: t`Delivered`,
    failed: t`Not sent`,
    read: readers > 0 ? t`Read by ${plural(readers, { one: '# person', other: '# people' })}` : t`Read`,
  }[state];
  const Icon = {
    sending: IconClock,
    sent: IconCheck,
    delivered: IconChecks,
    read: IconChecks,
    failed: IconAlert,
  }[state];
  return (
    <span className={classes(styles.state, styles[state])} title={words} data-state={state}>
      <Icon size={15} />
      <span className="visually-hidden">{words}</span>
    </span>
  );
});
