import { memo, type CSSProperties } from 'react';

import styles from './Avatar.module.css';
import { classes } from './classes';
import { IconBookmark } from './icons';
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
  /* The chat with oneself: a sign in place of letters. */
  saved?: boolean;
  className?: string;
};

/* Decorative: the name always stands next to it. */
export const Avatar = memo(function Avatar(props: AvatarProps) {
  const { id, name, size = 'm', group = false, online, saved = false, className } = props;
  const style: CSSProperties = saved ? {} : { background: personColor(id) };
  return (
    <span className={classes(styles.avatar, styles[size], group && styles.group, className)} aria-hidden="true">
      <span className={classes(styles.face, saved && styles.saved)} style={style}>
        {saved ? <IconBookmark /> : initials(name)}
      </span>
      {online ? <span className={classes(styles.online, online === 'stale' && styles.stale)} /> : null}
    </span>
  );
});
