import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { errorText } from '@/api';
import type { ConversationView } from '@/realtime';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { TextField } from '@/ui/TextField';
import { useAttempt } from '@/ui/useAttempt';
import styles from './DetailsPanel.module.css';
import { deleteGroup } from './memberActions';

interface DeleteGroupProps {
  conversation: ConversationView;
  onClose: () => void;
  onGone: () => void;
}

/* The name has to be typed: it cannot be undone, and it is everybody's. */
export function DeleteGroup({ conversation, onClose, onGone }: DeleteGroupProps) {
  const { t } = useLingui();
  const [typed, setTyped] = useState('');
  const { attempt, busy } = useAttempt({ says: errorText, again: t`Try again` });
  const title = conversation.title;
  const remove = () =>
    void attempt(async () => {
      await deleteGroup(conversation.id);
      onClose();
      onGone();
    });

  return (
    <ConfirmDialog
      title={t`Delete “${title}” for everybody?`}
      isOpen
      danger
      isPending={busy}
      isDisabled={typed.trim() !== title}
      confirmLabel={t`Delete forever`}
      cancelLabel={t`Cancel`}
      onConfirm={remove}
      onClose={onClose}
    >
      <div className={styles.form}>
        <p>
          <Trans>The group and all its messages are gone for all members. This cannot be undone.</Trans>
        </p>
        <TextField
          label={t`Type “${title}” to confirm`}
          value={typed}
          onChange={setTyped}
          autoComplete="off"
          autoFocus
        />
      </div>
    </ConfirmDialog>
  );
}
