import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useMemo, useState } from 'react';
import { errorText } from '@/api';
import { usePeopleSearch } from '@/api/people';
import type { ConversationView } from '@/realtime';
import { Button } from '@/ui/Button';
import { Chips } from '@/ui/Chips';
import { Dialog } from '@/ui/Dialog';
import { EmptyState } from '@/ui/EmptyState';
import { IconSearch } from '@/ui/icons';
import { PersonList, type PersonOption } from '@/ui/PersonList';
import { SearchField } from '@/ui/SearchField';
import { useAttempt } from '@/ui/useAttempt';
import styles from './DetailsPanel.module.css';
import { addMembers } from './memberActions';
import type { Members } from './useMembers';

interface AddMembersProps {
  conversation: ConversationView;
  members: Members;
  onClose: () => void;
}

export function AddMembers({ conversation, members, onClose }: AddMembersProps) {
  const { t } = useLingui();
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState<readonly PersonOption[]>([]);
  const search = usePeopleSearch(query);
  const { attempt, busy } = useAttempt({ says: errorText, again: t`Try again` });
  const selected = useMemo(() => new Set(chosen.map((person) => person.id)), [chosen]);
  const there = useMemo(() => new Set(members.members.map((member) => member.user_id)), [members.members]);
  const people = search.people.map((user) => ({
    id: user.id,
    name: user.display_name,
    detail: there.has(user.id) ? t`already in the group` : `@${user.username}`,
    disabled: there.has(user.id),
  }));
  const wanted = query.trim();

  function toggle(person: PersonOption): void {
    setChosen(selected.has(person.id) ? chosen.filter((other) => other.id !== person.id) : [...chosen, person]);
  }
  const add = () =>
    void attempt(async () => {
      await addMembers(conversation.id, [...selected]);
      members.reload();
      onClose();
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
        <SearchField
          label={t`Find people for the group`}
          placeholder={t`Name or user name`}
          clearLabel={t`Clear`}
          value={query}
          onChange={setQuery}
          autoFocus
        />
        <Chips
          label={t`Chosen people`}
          people={chosen}
          removeLabel={(name) => t`Take ${name} out`}
          onRemove={(id) => setChosen(chosen.filter((person) => person.id !== id))}
        />
        <div className={styles.pickResults} aria-busy={search.searching}>
          {search.error ? (
            <EmptyState
              title={errorText(search.error)}
              action={
                <Button onPress={search.retry}>
                  <Trans>Try again</Trans>
                </Button>
              }
            />
          ) : (
            <PersonList
              label={t`People`}
              people={people}
              selected={selected}
              onPick={toggle}
              emptyState={
                <EmptyState
                  icon={<IconSearch size={26} />}
                  title={
                    wanted === ''
                      ? t`Who should join?`
                      : search.searching
                        ? t`Searching…`
                        : t`Nobody by the name “${wanted}”`
                  }
                  text={<Trans>Type the beginning of a name or of a user name.</Trans>}
                />
              }
            />
          )}
        </div>
      </div>
    </Dialog>
  );
}
