import type { ReactNode } from 'react';

import styles from './Badge.module.css';
import { classes } from './classes';

export type BadgeProps = {
  children: ReactNode;
  tone?: 'accent' | 'muted' | 'mention' | 'soft' | 'danger';
  className?: string;
};

/* A small pill: a count, a role, a state. */
export function Badge({ children, tone = 'accent', className }: BadgeProps) {
  return <span className={classes(styles.badge, styles[tone], className)}>{children}</span>;
}

/* What a badge shows of a count. */
export function badgeCount(count: number): string {
  return count > 99 ? '99+' : String(count);
}
