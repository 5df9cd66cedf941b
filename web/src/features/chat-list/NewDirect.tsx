import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { errorText, useSession } from '@/api';
import { usePeopleSearch } from '@/api/people';
import { realtime } from '@/realtime';
import { IconChevronRight, IconUsers } from '@/ui/icons';
import { SearchField } from '@/ui/SearchField';
import { showToast } from '@/ui/toasts';
import { takeFocus, useTyped, type Typed } from '@/ui/TypeAhead';
import { Button as AriaButton } from 'react-aria-components';
import styles from './NewChat.module.css';
import { PeopleResults } from './PeopleResults';

interface NewDirectProps {
  /** What was typed before this part was here. */
  typed: Typed;
  onGroup: () => void;
  onOpened: (id: string) => void;
}

/* A person to write to. */
export function NewDirect({ typed, onGroup, onOpened }: NewDirectProps) {
  const { t } = useLingui();
  const { userId } = useSession();
  const [query, setQuery] = useTyped(typed);
  const [busy, setBusy] = useState(false);
  const search = usePeopleSearch(query);

  async function open(id: string): Promise<void> {
    if (busy) return;
    setBusy(true);
    try {
      onOpened(await realtime.createDirect(id));
    } catch (error) {
      setBusy(false);
      showToast(errorText(error), { tone: 'error', action: { label: t`Try again`, run: () => void open(id) } });
    }
  }

  return (
    <div className={styles.form}>
      <SearchField
        label={t`Name of a person`}
        placeholder={t`Name or user name`}
        clearLabel={t`Clear`}
        value={query}
        onChange={setQuery}
        inputRef={takeFocus}
      />
      <AriaButton className={styles.groupButton} onPress={onGroup}>
        <span className={styles.groupIcon}>
          <IconUsers />
        </span>
        <span className={styles.groupText}>{t`New group`}</span>
        <IconChevronRight size={18} />
      </AriaButton>
      <div className={styles.results} aria-busy={search.searching || busy}>
        <PeopleResults query={query} search={search} ownId={userId} onPick={(person) => void open(person.id)} />
      </div>
    </div>
  );
}
