import { Button as AriaButton } from 'react-aria-components';
import { Avatar } from './Avatar';
import styles from './Chips.module.css';
import { IconClose } from './icons';
import { namesakes, withHandle } from './namesakes';

export interface ChipsProps {
  label: string;
  people: readonly { id: string; name: string; username?: string }[];
  removeLabel: (name: string) => string;
  onRemove: (id: string) => void;
}

/* Those chosen so far; each may be taken back. */
export function Chips({ label, people, removeLabel, onRemove }: ChipsProps) {
  if (people.length === 0) return null;
  const shared = namesakes(people, ({ name }) => name);
  const nameOf = ({ id, name, username }: (typeof people)[number]) =>
    withHandle(name, shared.has(id) && username ? `@${username}` : '');
  return (
    <ul className={styles.chips} aria-label={label}>
      {people.map((person) => (
        <li key={person.id} className={styles.chip}>
          <Avatar id={person.id} name={person.name} size="xs" />
          <span className={styles.name}>{nameOf(person)}</span>
          <AriaButton
            className={styles.remove}
            aria-label={removeLabel(nameOf(person))}
            onPress={() => onRemove(person.id)}
          >
            <IconClose size={14} />
          </AriaButton>
        </li>
      ))}
    </ul>
  );
}
