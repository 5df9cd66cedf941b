import type { ReactNode } from 'react';

import { Button } from './Button';
import { Dialog } from './Dialog';

export type ConfirmDialogProps = {
  title: string;
  children: ReactNode;
  isOpen: boolean;
  confirmLabel: string;
  cancelLabel: string;
  danger?: boolean;
  isPending?: boolean;
  isDisabled?: boolean;
  onConfirm: () => void;
  onClose: () => void;
};

export function ConfirmDialog(props: ConfirmDialogProps) {
  const {
    title,
    children,
    isOpen,
    confirmLabel,
    cancelLabel,
    danger = false,
    isPending = false,
    isDisabled = false,
  } = props;
  return (
    <Dialog
      role="alertdialog"
      title={title}
      isOpen={isOpen}
      onClose={props.onClose}
      closeLabel={cancelLabel}
      actions={
        <>
          <Button onPress={props.onClose}>{cancelLabel}</Button>
          <Button
            tone={danger ? 'danger' : 'primary'}
            isPending={isPending}
            isDisabled={isDisabled}
            onPress={props.onConfirm}
          >
            {confirmLabel}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}
