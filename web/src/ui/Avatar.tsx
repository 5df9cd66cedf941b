import { memo, type CSSProperties } from 'react';

import styles from './Avatar.module.css';
import { classes } from './classes';
import { initials, personColor } from './person';

export type AvatarProps = {
  /* Of the user or the group: it decides the colour. */
  id: string;
  name: string;
  size?: 'xs' | 's' | 'm' | 'l' | 'xl';
  /* A group is a rounded square, a person a circle. */
  group?: boolean;
  /* Draws a dot, a grey one for those who were online when the connection was lost. What it means must also stand in text. */
  online?: boolean | 'stale';
  className?: string;
};

/* Decorative: the name always stands next to it. */
export const Avatar = memo(function Avatar({ id, name, size = 'm', group = false, online, className }: AvatarProps) {
  const style: CSSProperties = { background: personColor(id) };
  return (
    <span className={classes(styles.avatar, styles[size], group && styles.group, className)} aria-hidden="true">
      <span className={styles.face} style={style}>
        {initials(name)}
      </span>
      {online ? <span className={classes(styles.online, online === 'stale' && styles.stale)} /> : null}
    </span>
  );
});
