import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { signOut } from '@/api';
import { Button } from '@/ui/Button';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { IconSignOut } from '@/ui/icons';

export function SignOutButton() {
  const { t } = useLingui();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button tone="dangerQuiet" icon={<IconSignOut />} onPress={() => setAsking(true)}>
        <Trans>Sign out</Trans>
      </Button>
      <ConfirmDialog
        title={t`Sign out of this device?`}
        isOpen={asking}
        confirmLabel={t`Sign out`}
        cancelLabel={t`Stay`}
        onConfirm={() => void signOut()}
        onClose={() => setAsking(false)}
      >
        <Trans>
          Chats, drafts and unsent messages kept in this browser are removed. Your messages stay on the server.
        </Trans>
      </ConfirmDialog>
    </>
  );
}
