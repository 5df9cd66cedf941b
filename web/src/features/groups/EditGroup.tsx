import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { errorText } from '@/api';
import type { ConversationView } from '@/realtime';
import { showsNothing } from '@/ui/blank';
import { Button } from '@/ui/Button';
import { Dialog } from '@/ui/Dialog';
import { TextField } from '@/ui/TextField';
import { useAttempt } from '@/ui/useAttempt';
import styles from './DetailsPanel.module.css';
import { editGroup } from './memberActions';

const TITLE_MAX = 128;
const DESCRIPTION_MAX = 1000;

export function EditGroup({ conversation, onClose }: { conversation: ConversationView; onClose: () => void }) {
  const { t } = useLingui();
  const [title, setTitle] = useState(conversation.title);
  const [description, setDescription] = useState(conversation.description);
  const { attempt, busy } = useAttempt({ says: errorText, again: t`Try again` });
  const missing = showsNothing(title);

  const save = () =>
    void attempt(async () => {
      await editGroup(conversation.id, title.trim(), description.trim());
      onClose();
    });

  return (
    <Dialog
      title={t`Edit the group`}
      isOpen
      onClose={onClose}
      closeLabel={t`Close`}
      width="m"
      actions={
        <>
          <Button onPress={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button tone="primary" isPending={busy} isDisabled={missing} onPress={save}>
            <Trans>Save</Trans>
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <TextField
          label={t`Name of the group`}
          value={title}
          onChange={setTitle}
          maxLength={TITLE_MAX}
          autoFocus
          error={missing ? t`A group needs a name.` : null}
        />
        <TextField
          label={t`What it is about`}
          value={description}
          onChange={setDescription}
          maxLength={DESCRIPTION_MAX}
          rows={4}
        />
      </div>
    </Dialog>
  );
}
