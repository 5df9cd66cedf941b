import { Button as AriaButton } from 'react-aria-components';
import { Avatar } from './Avatar';
import styles from './Chips.module.css';
import { IconClose } from './icons';

export interface ChipsProps {
  label: string;
  people: readonly { id: string; name: string }[];
  removeLabel: (name: string) => string;
  onRemove: (id: string) => void;
}

/* Those chosen so far; each may be taken back. */
export function Chips({ label, people, removeLabel, onRemove }: ChipsProps) {
  if (people.length === 0) return null;
  return (
    <ul className={styles.chips} aria-label={label}>
      {people.map((person) => (
        <li key={person.id} className={styles.chip}>
          <Avatar id={person.id} name={person.name} size="xs" />
          <span className={styles.name}>{person.name}</span>
          <AriaButton
            className={styles.remove}
            aria-label={removeLabel(person.name)}
            onPress={() => onRemove(person.id)}
          >
            <IconClose size={14} />
          </AriaButton>
        </li>
      ))}
    </ul>
  );
}
