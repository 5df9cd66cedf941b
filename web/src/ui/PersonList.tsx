import type { ReactNode } from 'react';
import {
  Collection,
  Header,
  ListBox,
  ListBoxItem,
  ListBoxLoadMoreItem,
  ListBoxSection,
  type Selection,
} from 'react-aria-components';
import { Avatar } from './Avatar';
import { IconCheck } from './icons';
import styles from './PersonList.module.css';

export interface PersonOption {
  id: string;
  name: string;
  detail?: string | undefined;
  group?: boolean;
  online?: boolean;
  /** Cannot be chosen; the detail says why. */
  disabled?: boolean;
}

export interface PersonSection {
  id: string;
  title: string;
  people: readonly PersonOption[];
}

export interface PersonListProps {
  label: string;
  /** In one list, or under headings. Nobody stands in two of them. */
  people?: readonly PersonOption[];
  sections?: readonly PersonSection[];
  /** One is gone to, or several are ticked. */
  selected?: ReadonlySet<string>;
  onPick: (person: PersonOption) => void;
  /** Stands at the end while there are more; `onMore` is called when it comes into view. */
  more?: ReactNode;
  onMore?: () => void;
}

/* People (or groups) to choose from. */
export function PersonList({ label, people, sections, selected, onPick, more, onMore }: PersonListProps) {
  const several = selected !== undefined;
  const all = people ?? sections?.flatMap((section) => section.people) ?? [];
  const pick = (id: string) => {
    const person = all.find((one) => one.id === id);
    if (person) onPick(person);
  };

  function onSelectionChange(keys: Selection): void {
    if (!selected || keys === 'all') return;
    const now = new Set([...keys].map(String));
    for (const { id } of all) if (now.has(id) !== selected.has(id)) pick(id);
  }

  const option = (person: PersonOption) => <Option key={person.id} person={person} several={several} />;
  return (
    <ListBox
      aria-label={label}
      className={styles.list}
      selectionMode={several ? 'multiple' : 'none'}
      {...(several ? { selectedKeys: selected, onSelectionChange } : { onAction: (key) => pick(String(key)) })}
      disabledKeys={all.filter((person) => person.disabled).map((person) => person.id)}
    >
      {people ? <Collection items={people}>{option}</Collection> : null}
      {sections?.map((section) => (
        <ListBoxSection key={section.id} id={section.id} className={styles.section}>
          <Header className={styles.header}>{section.title}</Header>
          <Collection items={section.people}>{option}</Collection>
        </ListBoxSection>
      ))}
      {more ? <ListBoxLoadMoreItem onLoadMore={onMore}>{more}</ListBoxLoadMoreItem> : null}
    </ListBox>
  );
}

function Option({ person, several }: { person: PersonOption; several: boolean }) {
  return (
    <ListBoxItem id={person.id} textValue={person.name} className={styles.person}>
      <Avatar id={person.id} name={person.name} group={person.group ?? false} online={person.online ?? false} />
      <span className={styles.words}>
        <span className={styles.name}>{person.name}</span>
        {person.detail ? <span className={styles.detail}>{person.detail}</span> : null}
      </span>
      {several ? (
        <span className={styles.tick} aria-hidden="true">
          <IconCheck size={16} />
        </span>
      ) : null}
    </ListBoxItem>
  );
}
