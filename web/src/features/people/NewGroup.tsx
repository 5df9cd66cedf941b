import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { errorText } from '@/api';
import { realtime } from '@/realtime';
import { showsNothing } from '@/ui/blank';
import { Button } from '@/ui/Button';
import { Chips } from '@/ui/Chips';
import { Dialog } from '@/ui/Dialog';
import { TextField } from '@/ui/TextField';
import { useAttempt } from '@/ui/useAttempt';
import { InviteDialog } from './InvitePeople';
import styles from './People.module.css';
import { PeoplePicker } from './PeoplePicker';
import { tellRefused } from './tellRefused';
import { useChosen } from './useChosen';

const TITLE_MAX = 128;

interface NewGroupProps {
  onClose: () => void;
  onBack: () => void;
  onCreated: (id: string) => void;
}

export function NewGroup({ onClose, onBack, onCreated }: NewGroupProps) {
  const { t } = useLingui();
  const [title, setTitle] = useState('');
  const [missing, setMissing] = useState(false);
  const [query, setQuery] = useState('');
  const [inviting, setInviting] = useState(false);
  const { chosen, selected, toggle, remove } = useChosen();

  const { attempt, busy } = useAttempt({ says: errorText, again: t`Try again` });
  const create = () => {
    const name = title.trim();
    if (showsNothing(name)) return setMissing(true);
    void attempt(async () => {
      const { id, refused } = await realtime.createGroup(name, [...selected]);
      onCreated(id);
      tellRefused(chosen, refused);
    });
  };

  return (
    <Dialog
      title={t`New group`}
      isOpen
      onClose={onClose}
      closeLabel={t`Close`}
      width="m"
      tall
      actions={
        <>
          <Button onPress={onBack}>
            <Trans>Back</Trans>
          </Button>
          <Button tone="primary" isPending={busy} onPress={create}>
            {chosen.length === 0 ? (
              <Trans>Create the group</Trans>
            ) : (
              <Plural value={chosen.length} one="Create with # person" other="Create with # people" />
            )}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <TextField
          label={t`Name of the group`}
          value={title}
          onChange={(text) => {
            setTitle(text);
            setMissing(false);
          }}
          maxLength={TITLE_MAX}
          autoFocus
          error={missing ? t`Give the group a name first.` : null}
        />
        <Chips label={t`Chosen people`} people={chosen} removeLabel={(name) => t`Take ${name} out`} onRemove={remove} />
        <PeoplePicker
          label={t`Find people for the group`}
          query={query}
          onQuery={setQuery}
          selected={selected}
          onPick={toggle}
          onInvite={() => setInviting(true)}
        />
        {inviting ? <InviteDialog onClose={() => setInviting(false)} /> : null}
      </div>
    </Dialog>
  );
}
