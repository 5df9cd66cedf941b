import { useLingui } from '@lingui/react/macro';
import { memo, type KeyboardEvent } from 'react';
import type { MessageEntry, PendingEntry } from '@/realtime';
import { IconCopy, IconEdit, IconLink, IconRetry, IconTrash, type IconComponent } from '@/ui/icons';
import { useHasBar } from './MessageRow';
import styles from './rows.module.css';
import { useCopyActions, useFailedActions } from './useRowActions';

interface Action {
  label: string;
  icon: IconComponent;
  run: () => void;
}

/* The one action bar: it is there for the row under the pointer and for the row with the focus, and nowhere else. */
export const RowActions = memo(function RowActions({ entry }: { entry: MessageEntry | PendingEntry }) {
  const shown = useHasBar(entry.key);
  if (!shown) return null;
  return entry.kind === 'message' ? (
    <MessageActions text={entry.message.text} seq={entry.seq} />
  ) : (
    <PendingActions entry={entry} />
  );
});

function MessageActions({ text, seq }: { text: string; seq: number }) {
  const { t } = useLingui();
  const { copyText, copyLink } = useCopyActions(text, seq);
  return (
    <Bar
      actions={[
        { label: t`Copy text`, icon: IconCopy, run: copyText },
        { label: t`Copy link`, icon: IconLink, run: copyLink },
      ]}
    />
  );
}

function PendingActions({ entry }: { entry: PendingEntry }) {
  const { t } = useLingui();
  const { copyText } = useCopyActions(entry.text, 0);
  const { retry, edit, remove } = useFailedActions(entry.clientId);
  const copy = { label: t`Copy text`, icon: IconCopy, run: copyText };
  if (entry.state !== 'failed') return <Bar actions={[copy]} />;
  return (
    <Bar
      actions={[
        { label: t`Retry`, icon: IconRetry, run: retry },
        { label: t`Edit`, icon: IconEdit, run: edit },
        copy,
        { label: t`Delete`, icon: IconTrash, run: remove },
      ]}
    />
  );
}

/* A toolbar without a tab stop of its own: Enter on the row leads into it, Escape back. */
function Bar({ actions }: { actions: Action[] }) {
  const { t } = useLingui();
  return (
    <div className={styles.bar} role="toolbar" aria-label={t`Message actions`} onKeyDown={moveInBar}>
      {actions.map(({ label, icon: Icon, run }) => (
        <button
          key={label}
          type="button"
          className={styles.barButton}
          aria-label={label}
          title={label}
          tabIndex={-1}
          onClick={run}
        >
          <Icon size={17} />
        </button>
      ))}
    </div>
  );
}

function moveInBar(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step === undefined) return;
  const buttons = [...event.currentTarget.querySelectorAll('button')];
  const at = buttons.findIndex((button) => button === document.activeElement);
  buttons[(at + step + buttons.length) % buttons.length]?.focus();
  event.preventDefault();
  event.stopPropagation();
}
