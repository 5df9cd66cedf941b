import type { ReactElement, ReactNode, RefObject } from 'react';
import {
  Menu as AriaMenu,
  MenuItem as AriaMenuItem,
  MenuTrigger,
  Popover,
  Separator,
  type MenuItemProps as AriaMenuItemProps,
  type PopoverProps,
} from 'react-aria-components';

import { classes } from './classes';
import styles from './Menu.module.css';
import { OwnPresses } from './OwnPresses';

export type MenuProps = {
  /* A Button or IconButton. */
  trigger: ReactElement;
  label: string;
  children: ReactNode;
  placement?: PopoverProps['placement'];
};

/* The items mount when it opens. */
export function Menu({ trigger, label, children, placement = 'bottom end' }: MenuProps) {
  return (
    <MenuTrigger>
      {trigger}
      <Popover className={styles.popover} placement={placement} offset={4}>
        <OwnPresses>
          <AriaMenu className={styles.menu} aria-label={label}>
            {children}
          </AriaMenu>
        </OwnPresses>
      </Popover>
    </MenuTrigger>
  );
}

export type OpenMenuProps = {
  label: string;
  /* What it stands at. */
  anchor: RefObject<Element | null>;
  /* A line above the items. */
  head?: ReactNode;
  children: ReactNode;
  placement?: PopoverProps['placement'];
  onClose: () => void;
};

/* A menu that has no button of its own: it is open for as long as it is mounted. For a long press or a right click. */
export function OpenMenu({ label, anchor, head, children, placement = 'bottom', onClose }: OpenMenuProps) {
  return (
    <Popover
      className={styles.popover}
      triggerRef={anchor}
      aria-label={label}
      isOpen
      onOpenChange={onClose}
      placement={placement}
      offset={4}
    >
      <OwnPresses>
        {head ? <div className={styles.head}>{head}</div> : null}
        <AriaMenu className={styles.menu} aria-label={label} autoFocus onClose={onClose}>
          {children}
        </AriaMenu>
      </OwnPresses>
    </Popover>
  );
}

export type MenuItemProps = Omit<AriaMenuItemProps, 'children' | 'className' | 'style' | 'textValue'> & {
  text: string;
  icon?: ReactNode;
  danger?: boolean;
};

export function MenuItem({ text, icon, danger = false, ...rest }: MenuItemProps) {
  return (
    <AriaMenuItem {...rest} textValue={text} className={classes(styles.item, danger && styles.danger)}>
      {icon}
      <span className={styles.text}>{text}</span>
    </AriaMenuItem>
  );
}

export function MenuSeparator() {
  return <Separator className={styles.separator} />;
}
