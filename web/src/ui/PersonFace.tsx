import { Avatar, type AvatarProps } from './Avatar';
import styles from './Avatar.module.css';
import { classes } from './classes';
import { showCard } from './personCard';

/* The picture of a person, which leads to their card. For a hand: by keyboard the name or the menu beside it does. */
export function PersonFace({ className, ...face }: AvatarProps) {
  return (
    <button
      type="button"
      className={classes(styles.button, className)}
      aria-hidden="true"
      tabIndex={-1}
      onClick={(event) => {
        // What it stands in may lead elsewhere.
        event.stopPropagation();
        showCard(face.id);
      }}
    >
      <Avatar {...face} />
    </button>
  );
}
