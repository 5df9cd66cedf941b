import type { ReactNode } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';

import { classes } from './classes';
import styles from './Dialog.module.css';
import { IconButton } from './IconButton';
import { IconClose } from './icons';
import { PartBoundary } from './PartBoundary';

export type DialogProps = {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  closeLabel: string;
  children: ReactNode;
  /* Buttons, at the end; on a phone they fill the width. */
  actions?: ReactNode;
  width?: 's' | 'm' | 'l';
  /* An alert is not closed by a click beside it. */
  role?: 'dialog' | 'alertdialog';
  /* Without it the dialog has no visible heading; the title stays its name. */
  hideTitle?: boolean;
  /* Grows to the height of the screen on a phone. */
  tall?: boolean;
  /** What scrolls in it holds nothing to press: it takes the focus itself, so that the keyboard can scroll it. */
  readOnly?: boolean;
  className?: string;
};

/* Traps the focus and returns it; Esc closes. */
export function Dialog(props: DialogProps) {
  const {
    title,
    isOpen,
    onClose,
    closeLabel,
    children,
    actions,
    width = 's',
    role = 'dialog',
    hideTitle,
    tall,
    readOnly = false,
    className,
  } = props;
  return (
    <ModalOverlay
      className={styles.overlay}
      isOpen={isOpen}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      isDismissable={role === 'dialog'}
    >
      <Modal className={classes(styles.modal, styles[width], tall && styles.tall)}>
        <AriaDialog
          role={role}
          className={classes(styles.dialog, role === 'alertdialog' && styles.whole, className)}
          aria-label={hideTitle ? title : undefined}
        >
          {hideTitle ? null : (
            <header className={styles.header}>
              <Heading slot="title" level={2} className={styles.title}>
                {title}
              </Heading>
              {role === 'dialog' ? (
                <IconButton label={closeLabel} tooltip="none" onPress={onClose}>
                  <IconClose />
                </IconButton>
              ) : null}
            </header>
          )}
          <div
            className={classes(styles.body, hideTitle && styles.bare)}
            {...(readOnly ? { role: 'region', 'aria-label': title, tabIndex: 0 } : {})}
          >
            <PartBoundary>{children}</PartBoundary>
          </div>
          {actions ? <footer className={styles.actions}>{actions}</footer> : null}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
