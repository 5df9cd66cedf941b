import type { ReactNode } from 'react';
import { ListBox, ListBoxItem, type Selection } from 'react-aria-components';
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

export interface PersonListProps {
  label: string;
  people: readonly PersonOption[];
  /** One is gone to, or several are ticked. */
  selected?: ReadonlySet<string>;
  onPick: (person: PersonOption) => void;
  emptyState?: ReactNode;
  className?: string;
}

/* People (or groups) to choose from. */
export function PersonList({ label, people, selected, onPick, emptyState, className }: PersonListProps) {
  const several = selected !== undefined;
  const byId = (id: string) => people.find((person) => person.id === id);
  const pick = (id: string) => {
    const person = byId(id);
    if (person) onPick(person);
  };

  function onSelectionChange(keys: Selection): void {
    if (!selected || keys === 'all') return;
    const now = new Set([...keys].map(String));
    for (const { id } of people) if (now.has(id) !== selected.has(id)) pick(id);
  }

  return (
    <ListBox
      aria-label={label}
      className={[styles.list, className].filter(Boolean).join(' ')}
      items={people}
      dependencies={[selected]}
      selectionMode={several ? 'multiple' : 'none'}
      {...(several ? { selectedKeys: selected, onSelectionChange } : { onAction: (key) => pick(String(key)) })}
      disabledKeys={people.filter((person) => person.disabled).map((person) => person.id)}
      renderEmptyState={() => emptyState}
    >
      {(person) => (
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
      )}
    </ListBox>
  );
}
