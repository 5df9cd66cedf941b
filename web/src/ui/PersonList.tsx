import { useEffect, useEffectEvent, useRef, type ReactNode } from 'react';
import { Avatar } from './Avatar';
import { IconCheck } from './icons';
import { PersonMenu } from './PersonMenu';
import styles from './PersonList.module.css';
import { usePressMenu } from './PressMenu';

export interface PersonOption {
  id: string;
  name: string;
  username?: string;
  detail?: string | undefined;
  group?: boolean;
  online?: boolean;
  /** Cannot be chosen; the detail says why. */
  disabled?: boolean;
}

export interface PersonSection {
  id: string;
  /** Its heading; without one it stands by itself. */
  title?: string;
  people: readonly PersonOption[];
}

export interface PersonListProps {
  /** The options' ids begin with it. */
  id: string;
  label: string;
  /** Nobody stands in two of them. */
  sections: readonly PersonSection[];
  /** Whom Enter would choose. */
  active: string | null;
  /** One is gone to, or several are ticked. */
  selected?: ReadonlySet<string>;
  onPick: (person: PersonOption) => void;
  /** Stands at the end while there are more; `onMore` is called when it comes into view. */
  more?: ReactNode;
  onMore?: () => void;
}

export const optionId = (list: string, person: string): string => `${list}-${person}`;

/* People (or groups) to choose from: the list of a field that has the focus and the keys (the combobox of WAI-ARIA). */
export function PersonList({ id, label, sections, active, selected, onPick, more, onMore }: PersonListProps) {
  const option = (person: PersonOption) => (
    <Option
      key={person.id}
      id={optionId(id, person.id)}
      person={person}
      active={person.id === active}
      selected={selected?.has(person.id)}
      onPick={onPick}
    />
  );
  useEffect(() => {
    if (active !== null) document.getElementById(optionId(id, active))?.scrollIntoView({ block: 'nearest' });
  }, [id, active]);
  return (
    <>
      <div
        role="listbox"
        id={id}
        aria-label={label}
        aria-multiselectable={selected ? true : undefined}
        className={styles.list}
      >
        {sections.map(({ id: section, title, people }) =>
          title === undefined ? (
            people.map(option)
          ) : (
            <div key={section} role="group" aria-labelledby={optionId(id, section)} className={styles.section}>
              <div id={optionId(id, section)} role="presentation" className={styles.header}>
                {title}
              </div>
              {people.map(option)}
            </div>
          ),
        )}
      </div>
      {more ? <End onSeen={onMore}>{more}</End> : null}
    </>
  );
}

interface OptionProps {
  id: string;
  person: PersonOption;
  active: boolean;
  /** Where several are chosen. */
  selected: boolean | undefined;
  onPick: (person: PersonOption) => void;
}

function Option({ id, person, active, selected, onPick }: OptionProps) {
  const { disabled = false } = person;
  const row = useRef<HTMLDivElement>(null);
  const menu = usePressMenu(row);
  return (
    <>
      {/* eslint-disable-next-line jsx-a11y-x/click-events-have-key-events -- the keys come to the field */}
      <div
        ref={row}
        id={id}
        className={styles.person}
        role="option"
        aria-selected={selected ?? active}
        aria-disabled={disabled || undefined}
        data-active={active || undefined}
        data-selected={selected || undefined}
        tabIndex={-1}
        onPointerDown={(event) => event.preventDefault()} // the focus stays in the field
        onClick={() => {
          // The press that opened the menu chooses nobody.
          if (!disabled && !menu.at) onPick(person);
        }}
      >
        <Avatar id={person.id} name={person.name} group={person.group ?? false} online={person.online ?? false} />
        <span className={styles.words}>
          <span className={styles.name}>{person.name}</span>
          {person.detail ? <span className={styles.detail}>{person.detail}</span> : null}
        </span>
        {selected === undefined ? null : (
          <span className={styles.tick} aria-hidden="true">
            <IconCheck size={16} />
          </span>
        )}
      </div>
      {menu.at && !person.group ? <PersonMenu person={person} at={menu.at} onClose={menu.close} /> : null}
    </>
  );
}

function End({ onSeen, children }: { onSeen: (() => void) | undefined; children: ReactNode }) {
  const element = useRef<HTMLDivElement>(null);
  const seen = useEffectEvent(() => onSeen?.());
  useEffect(() => {
    if (!element.current) return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) seen();
    });
    observer.observe(element.current);
    return () => observer.disconnect();
    // Anew with each page: an end that stays in view is not told again.
  }, [children]);
  return <div ref={element}>{children}</div>;
}
