import { Trans, useLingui } from '@lingui/react/macro';
import { errorText } from '@/api';
import type { PeopleSearch } from '@/api/people';
import { Button } from '@/ui/Button';
import { EmptyState } from '@/ui/EmptyState';
import { IconSearch } from '@/ui/icons';
import { PersonList, type PersonOption } from '@/ui/PersonList';
import { Spinner } from '@/ui/Spinner';
import styles from './NewChat.module.css';

interface PeopleResultsProps {
  query: string;
  search: PeopleSearch;
  ownId: string | null;
  selected?: ReadonlySet<string>;
  onPick: (person: PersonOption) => void;
}

/* Who answers to the words typed; or why nobody does. */
export function PeopleResults({ query, search, ownId, selected, onPick }: PeopleResultsProps) {
  const { t } = useLingui();
  const people = search.people
    .filter((user) => user.id !== ownId)
    .map((user) => ({ id: user.id, name: user.display_name, detail: `@${user.username}` }));
  const wanted = query.trim();

  if (wanted === '')
    return (
      <EmptyState
        icon={<IconSearch size={26} />}
        title={t`Who are you looking for?`}
        text={<Trans>Type the beginning of a name or of a user name.</Trans>}
      />
    );
  if (search.error)
    return (
      <EmptyState
        title={errorText(search.error)}
        action={
          <Button onPress={search.retry}>
            <Trans>Try again</Trans>
          </Button>
        }
      />
    );
  if (people.length === 0 && search.searching)
    return (
      <p className={styles.waiting} role="status">
        <Spinner /> <Trans>Searching…</Trans>
      </p>
    );
  if (people.length === 0)
    return (
      <EmptyState
        title={t`Nobody by the name “${wanted}”`}
        text={<Trans>Check the spelling, or try the other alphabet.</Trans>}
      />
    );
  return <PersonList label={t`People`} people={people} onPick={onPick} {...(selected ? { selected } : {})} />;
}
