import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { errorText } from '@/api';
import { Button } from '@/ui/Button';
import { Chips } from '@/ui/Chips';
import { Dialog } from '@/ui/Dialog';
import { takeFocus } from '@/ui/TypeAhead';
import { useAttempt } from '@/ui/useAttempt';
import { InviteDialog } from './InvitePeople';
import styles from './People.module.css';
import { PeoplePicker } from './PeoplePicker';
import { tellRefused } from './tellRefused';
import { useChosen } from './useChosen';

export interface AddMembersProps {
  /** Who is in the group already. */
  there: ReadonlySet<string>;
  /** Answers the ids of those who could not be added. Throws ApiError. */
  onAdd: (ids: string[]) => Promise<readonly string[]>;
  onClose: () => void;
}

export function AddMembers({ there, onAdd, onClose }: AddMembersProps) {
  const { t } = useLingui();
  const [query, setQuery] = useState('');
  const [inviting, setInviting] = useState(false);
  const { chosen, selected, toggle, remove } = useChosen();
  const { attempt, busy } = useAttempt({ says: errorText, again: t`Try again` });
  const add = () =>
    void attempt(async () => {
      const refused = await onAdd([...selected]);
      onClose();
      tellRefused(chosen, refused);
    });

  return (
    <Dialog
      title={t`Add people`}
      isOpen
      onClose={onClose}
      closeLabel={t`Close`}
      width="m"
      tall
      actions={
        <>
          <Button onPress={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button tone="primary" isPending={busy} isDisabled={chosen.length === 0} onPress={add}>
            {chosen.length === 0 ? (
              <Trans>Add</Trans>
            ) : (
              <Plural value={chosen.length} one="Add # person" other="Add # people" />
            )}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <Chips label={t`Chosen people`} people={chosen} removeLabel={(name) => t`Take ${name} out`} onRemove={remove} />
        <PeoplePicker
          label={t`Find people for the group`}
          query={query}
          onQuery={setQuery}
          fieldRef={takeFocus}
          selected={selected}
          onPick={toggle}
          refused={(id) => (there.has(id) ? t`already in the group` : null)}
          onInvite={() => setInviting(true)}
        />
        {inviting ? <InviteDialog onClose={() => setInviting(false)} /> : null}
      </div>
    </Dialog>
  );
}
