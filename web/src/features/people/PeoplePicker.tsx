/* Choosing people: whoever one talked with last, everybody on this server A to Z, or whoever answers to the words typed. The one
 * way to do it, for a new chat, a new group and new members. */
import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useEffectEvent, useId, useMemo, useRef, type KeyboardEvent, type Ref } from 'react';
import { errorText, useSession, type User } from '@/api';
import { usePeopleList, usePeopleSearch } from '@/api/people';
import { realtimeStore } from '@/realtime';
import { Button } from '@/ui/Button';
import { EmptyState } from '@/ui/EmptyState';
import { IconSearch, IconUserPlus } from '@/ui/icons';
import { otherLayouts } from '@/ui/layouts';
import { optionId, PersonList, type PersonOption, type PersonSection } from '@/ui/PersonList';
import { SearchField } from '@/ui/SearchField';
import { Spinner } from '@/ui/Spinner';
import { useActiveItem } from '@/ui/useActiveItem';
import styles from './People.module.css';

interface PeoplePickerProps {
  /** Of the field. */
  label: string;
  query: string;
  onQuery: (query: string) => void;
  fieldRef?: Ref<HTMLInputElement>;
  /** Several are chosen; without it one is gone to. */
  selected?: ReadonlySet<string>;
  onPick: (person: PersonOption, user: User | undefined) => void;
  /** Why somebody cannot be chosen; null when they can. */
  refused?: (id: string) => string | null;
  /** Somebody is not here yet. */
  onInvite: () => void;
}

const RECENT_MAX = 6;

export function PeoplePicker({
  label,
  query,
  onQuery,
  fieldRef,
  selected,
  onPick,
  refused,
  onInvite,
}: PeoplePickerProps) {
  const { t } = useLingui();
  const listId = useId();
  const wanted = query.trim();
  const found = useFound(query, refused);
  const everybody = useEverybody(refused);
  const { sections, users, waiting, error, retry, more } = wanted === '' ? everybody : found;
  const all = sections.flatMap(({ people }) => people);
  // Enter goes to whoever answers best; with nothing typed an arrow has to say whom it is about.
  const { active, move } = useActiveItem(
    all.filter(({ disabled }) => !disabled),
    wanted,
    { first: wanted !== '' },
  );
  const pick = (person: PersonOption) => {
    onPick(person, users.get(person.id));
    // The next name can be typed at once.
    if (selected) onQuery('');
  };
  // Enter for words whose answer is still on its way.
  const early = useRef<string | null>(null);
  const takeEarly = useEffectEvent(() => {
    const words = early.current;
    early.current = null;
    if (words === wanted && active) pick(active);
  });
  useEffect(() => {
    if (!waiting) takeEarly();
  }, [waiting, wanted]);

  function onKey(event: KeyboardEvent): void {
    const { key } = event;
    // While a word is being composed, its keys choose among the suggestions.
    if (event.nativeEvent.isComposing || !['ArrowDown', 'ArrowUp', 'Enter'].includes(key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (key !== 'Enter') move(key === 'ArrowDown' ? 1 : -1);
    else if (waiting && wanted !== '') early.current = wanted;
    else if (active) pick(active);
  }

  const hasList = all.length > 0;
  return (
    <>
      <SearchField
        label={label}
        placeholder={t`Name or user name`}
        clearLabel={t`Clear`}
        value={query}
        onChange={onQuery}
        combobox={{
          'aria-expanded': hasList,
          'aria-controls': hasList ? listId : undefined,
          'aria-activedescendant': active ? optionId(listId, active.id) : undefined,
          autoComplete: 'off',
          autoCorrect: 'off',
          spellCheck: false,
          onKeyDownCapture: onKey,
        }}
        {...(fieldRef ? { inputRef: fieldRef } : {})}
      />
      <div className={styles.results}>
        {hasList ? (
          <PersonList
            id={listId}
            label={t`People`}
            sections={sections}
            active={active?.id ?? null}
            onPick={pick}
            {...(selected ? { selected } : {})}
            {...(more ? { more: <Waiting />, onMore: more } : {})}
          />
        ) : error ? (
          <Failed error={error} onRetry={retry} />
        ) : waiting ? (
          <Waiting />
        ) : wanted === '' ? (
          <Nobody hidden={everybody.hidden} />
        ) : (
          <EmptyState
            title={t`Nobody by the name “${wanted}”`}
            text={<Trans>Check the spelling, or try the other alphabet.</Trans>}
          />
        )}
        <Button tone="plain" className={styles.invite} icon={<IconUserPlus size={18} />} onPress={onInvite}>
          <Trans>Not here? Invite</Trans>
        </Button>
      </div>
    </>
  );
}

/* What stands below the field. */
interface Offer {
  sections: PersonSection[];
  users: ReadonlyMap<string, User>;
  /** What is shown is not the answer yet. */
  waiting: boolean;
  error: Error | null;
  retry: () => void;
  more: (() => void) | null;
}

type Refused = ((id: string) => string | null) | undefined;

/* Users as the list shows them, without oneself. */
function useOptions(refused: Refused) {
  const { userId } = useSession();
  return (users: readonly User[]): PersonOption[] =>
    users
      .filter((user) => user.id !== userId)
      .map((user) => {
        const reason = refused?.(user.id) ?? null;
        return {
          id: user.id,
          name: user.display_name,
          username: user.username,
          detail: reason === null ? `@${user.username}` : `@${user.username}, ${reason}`,
          disabled: reason !== null,
        };
      });
}

const byId = (users: readonly User[]) => new Map(users.map((user) => [user.id, user]));

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

/* Before a word is typed. `hidden`: this server lists nobody. */
function useEverybody(refused: Refused): Offer & { hidden: boolean } {
  const { t } = useLingui();
  const options = useOptions(refused);
  const list = usePeopleList();
  const recent = useRecent();
  const shown = new Set(recent.map(({ id }) => id));
  const sections: PersonSection[] = [
    { id: 'recent', title: t`Recent`, people: options(recent) },
    { id: 'everybody', title: t`On this server`, people: options(list.people.filter(({ id }) => !shown.has(id))) },
  ];
  return {
    sections: sections.filter(({ people }) => people.length > 0),
    users: byId([...list.people, ...recent]),
    waiting: list.loading,
    error: list.error,
    retry: list.retry,
    more: list.hasMore ? list.loadMore : null,
    hidden: list.hidden,
  };
}

/* Who answers to the words. */
function useFound(query: string, refused: Refused): Offer {
  const options = useOptions(refused);
  const layouts = useMemo(() => otherLayouts(query), [query]);
  const { people, searching, error, retry } = usePeopleSearch(query, layouts);
  const sections = error || people.length === 0 ? [] : [{ id: 'found', people: options(people) }];
  return { sections, users: byId(people), waiting: searching, error, retry, more: null };
}

function Nobody({ hidden }: { hidden: boolean }) {
  const { t } = useLingui();
  return (
    <EmptyState
      icon={<IconSearch size={26} />}
      title={hidden ? t`Who are you looking for?` : t`Nobody else is here yet`}
      text={
        hidden ? (
          <Trans>Type the beginning of a name or of a user name.</Trans>
        ) : (
          <Trans>Invite the people you want to talk with.</Trans>
        )
      }
    />
  );
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
