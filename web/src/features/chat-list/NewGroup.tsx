import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useMemo, useState } from 'react';
import { errorText, useSession } from '@/api';
import { usePeopleSearch } from '@/api/people';
import { realtime } from '@/realtime';
import { showsNothing } from '@/ui/blank';
import { Button } from '@/ui/Button';
import { Chips } from '@/ui/Chips';
import { Dialog } from '@/ui/Dialog';
import type { PersonOption } from '@/ui/PersonList';
import { SearchField } from '@/ui/SearchField';
import { TextField } from '@/ui/TextField';
import { showToast } from '@/ui/toasts';
import styles from './NewChat.module.css';
import { PeopleResults } from './PeopleResults';

const TITLE_MAX = 128;

interface NewGroupProps {
  onClose: () => void;
  onBack: () => void;
  onCreated: (id: string) => void;
}

export function NewGroup({ onClose, onBack, onCreated }: NewGroupProps) {
  const { t } = useLingui();
  const { userId } = useSession();
  const [title, setTitle] = useState('');
  const [missing, setMissing] = useState(false);
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState<readonly PersonOption[]>([]);
  const [busy, setBusy] = useState(false);
  const search = usePeopleSearch(query);
  const selected = useMemo(() => new Set(chosen.map((person) => person.id)), [chosen]);

  function toggle(person: PersonOption): void {
    setChosen(selected.has(person.id) ? chosen.filter((other) => other.id !== person.id) : [...chosen, person]);
  }

  async function create(): Promise<void> {
    const name = title.trim();
    if (showsNothing(name)) return setMissing(true);
    setBusy(true);
    try {
      onCreated(await realtime.createGroup(name, [...selected]));
    } catch (error) {
      setBusy(false);
      showToast(errorText(error), { tone: 'error', action: { label: t`Try again`, run: () => void create() } });
    }
  }

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
          <Button tone="primary" isPending={busy} onPress={() => void create()}>
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
        <Chips
          label={t`Chosen people`}
          people={chosen}
          removeLabel={(name) => t`Take ${name} out`}
          onRemove={(id) => setChosen(chosen.filter((person) => person.id !== id))}
        />
        <SearchField
          label={t`Find people for the group`}
          placeholder={t`Add people`}
          clearLabel={t`Clear`}
          value={query}
          onChange={setQuery}
        />
        <div className={styles.results} aria-busy={search.searching}>
          <PeopleResults query={query} search={search} ownId={userId} selected={selected} onPick={toggle} />
        </div>
      </div>
    </Dialog>
  );
}
