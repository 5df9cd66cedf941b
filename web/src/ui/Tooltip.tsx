import type { ReactElement } from 'react';
import { Tooltip as AriaTooltip, TooltipTrigger, type TooltipProps as AriaTooltipProps } from 'react-aria-components';

import styles from './Tooltip.module.css';

export type TooltipProps = {
  text: string;
  shortcut?: string;
  placement?: AriaTooltipProps['placement'];
  children: ReactElement;
};

/* A word about a control that has none of its own. It never holds anything that is not also its accessible name. */
export function Tooltip({ text, shortcut, placement = 'bottom', children }: TooltipProps) {
  return (
    <TooltipTrigger delay={500} closeDelay={80}>
      {children}
      <AriaTooltip className={styles.tooltip} placement={placement} offset={6}>
        {text}
        {shortcut ? <kbd className={styles.keys}>{shortcut}</kbd> : null}
      </AriaTooltip>
    </TooltipTrigger>
  );
}
