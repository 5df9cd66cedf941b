import type { ReactNode, Ref } from 'react';
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components';

import { classes } from './classes';
import styles from './IconButton.module.css';
import { Tooltip, type TooltipProps } from './Tooltip';

export type IconButtonProps = Omit<AriaButtonProps, 'children' | 'className' | 'style' | 'aria-label'> & {
  /* Said by screen readers and shown when the pointer rests or the focus comes. */
  label: string;
  children: ReactNode;
  shortcut?: string;
  tone?: 'plain' | 'accent' | 'danger';
  small?: boolean;
  tooltip?: TooltipProps['placement'] | 'none';
  className?: string;
  ref?: Ref<HTMLButtonElement>;
};

export function IconButton({
  label,
  children,
  shortcut,
  tone = 'plain',
  small = false,
  tooltip = 'bottom',
  className,
  ...rest
}: IconButtonProps) {
  const button = (
    <AriaButton
      {...rest}
      aria-label={label}
      className={classes(styles.button, styles[tone], small && styles.small, className)}
    >
      {children}
    </AriaButton>
  );
  if (tooltip === 'none') return button;
  return (
    <Tooltip text={label} shortcut={shortcut} placement={tooltip}>
      {button}
    </Tooltip>
  );
}
