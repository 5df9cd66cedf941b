import type { ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components';

import styles from './Button.module.css';
import { classes } from './classes';
import { Spinner } from './Spinner';

export type ButtonProps = Omit<AriaButtonProps, 'children' | 'className' | 'style'> & {
  children: ReactNode;
  tone?: 'primary' | 'quiet' | 'plain' | 'danger' | 'dangerQuiet';
  size?: 's' | 'm' | 'l';
  wide?: boolean;
  icon?: ReactNode;
  className?: string;
};

export function Button({ children, tone = 'quiet', size = 'm', wide = false, icon, className, ...rest }: ButtonProps) {
  return (
    <AriaButton
      {...rest}
      className={classes(styles.button, styles[tone], styles[size], wide && styles.wide, className)}
    >
      {rest.isPending ? <Spinner /> : icon}
      <span className={styles.text}>{children}</span>
    </AriaButton>
  );
}
