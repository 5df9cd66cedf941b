import { Trans, useLingui } from '@lingui/react/macro';
import { signOut } from '@/api';
import { ConfirmDialog } from '@/ui/ConfirmDialog';

export function SignOutDialog({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  return (
    <ConfirmDialog
      title={t`Sign out of this device?`}
      isOpen
      confirmLabel={t`Sign out`}
      cancelLabel={t`Stay`}
      onConfirm={() => void signOut()}
      onClose={onClose}
    >
      <Trans>
        Chats, drafts and unsent messages kept in this browser are removed. Your messages stay on the server.
      </Trans>
    </ConfirmDialog>
  );
}
