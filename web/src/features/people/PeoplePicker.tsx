/* Choosing people: whoever one talked with last, everybody on this server A to Z, or whoever answers to the words typed. The one
 * way to do it, for a new chat, a new group and new members. */
import { Trans, useLingui } from '@lingui/react/macro';
import { useMemo, type Ref } from 'react';
import { errorText, useSession, type User } from '@/api';
import { usePeopleList, usePeopleSearch } from '@/api/people';
import { realtimeStore } from '@/realtime';
import { Button } from '@/ui/Button';
import { EmptyState } from '@/ui/EmptyState';
import { IconSearch, IconUserPlus } from '@/ui/icons';
import { otherLayouts } from '@/ui/layouts';
import { PersonList, type PersonOption, type PersonSection } from '@/ui/PersonList';
import { SearchField } from '@/ui/SearchField';
import { Spinner } from '@/ui/Spinner';
import styles from './People.module.css';

interface PeoplePickerProps {
  /** Of the field. */
  label: string;
  query: string;
  onQuery: (query: string) => void;
  fieldRef?: Ref<HTMLInputElement>;
  /** Several are chosen; without it one is gone to. */
  selected?: ReadonlySet<string>;
  onPick: (person: PersonOption) => void;
  /** Why somebody cannot be chosen; null when they can. */
  refused?: (id: string) => string | null;
  busy?: boolean;
  /** Somebody is not here yet. */
  onInvite: () => void;
}

const RECENT_MAX = 6;

export function PeoplePicker(props: PeoplePickerProps) {
  const { label, query, onQuery, fieldRef, busy = false, onInvite } = props;
  const { t } = useLingui();
  const wanted = query.trim();
  return (
    <>
      <SearchField
        label={label}
        placeholder={t`Name or user name`}
        clearLabel={t`Clear`}
        value={query}
        onChange={onQuery}
        {...(fieldRef ? { inputRef: fieldRef } : {})}
      />
      <div className={styles.results} aria-busy={busy}>
        {wanted === '' ? <Everybody {...props} /> : <Found {...props} wanted={wanted} />}
        <Button tone="plain" className={styles.invite} icon={<IconUserPlus size={18} />} onPress={onInvite}>
          <Trans>Not here? Invite</Trans>
        </Button>
      </div>
    </>
  );
}

/* Users as the list shows them, without oneself. */
function useOptions(refused?: (id: string) => string | null) {
  const { userId } = useSession();
  return (users: readonly User[]): PersonOption[] =>
    users
      .filter((user) => user.id !== userId)
      .map((user) => {
        const reason = refused?.(user.id) ?? null;
        return {
          id: user.id,
          name: user.display_name,
          detail: reason ?? `@${user.username}`,
          disabled: reason !== null,
        };
      });
}

/* Whom one has talked with, last first. */
function useRecent(): readonly User[] {
  const order = realtimeStore((state) => state.order);
  const conversations = realtimeStore((state) => state.conversations);
  const users = realtimeStore((state) => state.users);
  return useMemo(
    () =>
      order
        .flatMap((id) => users[conversations[id]?.peerId ?? ''] ?? [])
        .filter((user) => !user.closed)
        .slice(0, RECENT_MAX),
    [order, conversations, users],
  );
}

function Everybody({ selected, onPick, refused }: PeoplePickerProps) {
  const { t } = useLingui();
  const options = useOptions(refused);
  const list = usePeopleList();
  const recent = options(useRecent());
  const shown = new Set(recent.map(({ id }) => id));
  const others = options(list.people).filter(({ id }) => !shown.has(id));
  const sections: PersonSection[] = [
    { id: 'recent', title: t`Recent`, people: recent },
    { id: 'everybody', title: t`On this server`, people: others },
  ].filter(({ people }) => people.length > 0);

  if (sections.length === 0 && list.loading) return <Waiting />;
  if (sections.length === 0 && list.error) return <Failed error={list.error} onRetry={list.retry} />;
  if (sections.length === 0)
    return (
      <EmptyState
        icon={<IconSearch size={26} />}
        title={list.hidden ? t`Who are you looking for?` : t`Nobody else is here yet`}
        text={
          list.hidden ? (
            <Trans>Type the beginning of a name or of a user name.</Trans>
          ) : (
            <Trans>Invite the people you want to talk with.</Trans>
          )
        }
      />
    );
  return (
    <PersonList
      label={t`People`}
      sections={sections}
      onPick={onPick}
      {...(selected ? { selected } : {})}
      {...(list.hasMore ? { more: <Waiting />, onMore: list.loadMore } : {})}
    />
  );
}

function Found({ selected, onPick, refused, query, wanted }: PeoplePickerProps & { wanted: string }) {
  const { t } = useLingui();
  const options = useOptions(refused);
  const layouts = useMemo(() => otherLayouts(query), [query]);
  const search = usePeopleSearch(query, layouts);
  const people = options(search.people);
  if (search.error) return <Failed error={search.error} onRetry={search.retry} />;
  if (people.length === 0)
    return search.searching ? (
      <Waiting />
    ) : (
      <EmptyState
        title={t`Nobody by the name “${wanted}”`}
        text={<Trans>Check the spelling, or try the other alphabet.</Trans>}
      />
    );
  return <PersonList label={t`People`} people={people} onPick={onPick} {...(selected ? { selected } : {})} />;
}

function Failed({ error, onRetry }: { error: Error; onRetry: () => void }) {
  return (
    <EmptyState
      title={errorText(error)}
      action={
        <Button onPress={onRetry}>
          <Trans>Try again</Trans>
        </Button>
      }
    />
  );
}

function Waiting() {
  return (
    <p className={styles.waiting} role="status">
      <Spinner /> <Trans>Searching…</Trans>
    </p>
  );
}
