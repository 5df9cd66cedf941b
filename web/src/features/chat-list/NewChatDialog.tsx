import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { errorText, useSession } from '@/api';
import { usePeopleSearch } from '@/api/people';
import { realtime } from '@/realtime';
import { Dialog } from '@/ui/Dialog';
import { IconChevronRight, IconUsers } from '@/ui/icons';
import { SearchField } from '@/ui/SearchField';
import { showToast } from '@/ui/toasts';
import { Button as AriaButton } from 'react-aria-components';
import styles from './NewChatDialog.module.css';
import { NewGroup } from './NewGroup';
import { PeopleResults } from './PeopleResults';

export interface NewChatDialogProps {
  onClose: () => void;
  onOpenChat: (id: string) => void;
}

/* A person to write to, or several for a group. */
export function NewChatDialog({ onClose, onOpenChat }: NewChatDialogProps) {
  const { t } = useLingui();
  const [forGroup, setForGroup] = useState(false);
  const opened = (id: string) => {
    onClose();
    onOpenChat(id);
  };
  if (forGroup) return <NewGroup onClose={onClose} onBack={() => setForGroup(false)} onCreated={opened} />;
  return (
    <Dialog title={t`New chat`} isOpen onClose={onClose} closeLabel={t`Close`} width="m" tall>
      <NewDirect onGroup={() => setForGroup(true)} onOpened={opened} />
    </Dialog>
  );
}

function NewDirect({ onGroup, onOpened }: { onGroup: () => void; onOpened: (id: string) => void }) {
  const { t } = useLingui();
  const { userId } = useSession();
  const [query, setQuery] = useState('');
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
        autoFocus
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
