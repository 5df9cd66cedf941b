import { Trans, useLingui } from '@lingui/react/macro';
import { signOut, useSession } from '@/api';
import { useUser } from '@/realtime';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { forgetInvitation, type Invitation } from './invitation';

interface SignedInAlreadyProps {
  kind: Invitation['kind'];
  onClose: () => void;
}

/* Somebody with an account opened a link that makes one. Whoever signs out goes on with it: this tab keeps the code. */
export function SignedInAlready({ kind, onClose }: SignedInAlreadyProps) {
  const { t } = useLingui();
  const { userId } = useSession();
  const name = useUser(userId)?.display_name;
  const stay = () => {
    forgetInvitation();
    onClose();
  };
  return (
    <ConfirmDialog
      title={name ? t`You are signed in as ${name}` : t`You are signed in`}
      isOpen
      danger
      confirmLabel={t`Sign out and go on`}
      cancelLabel={t`To my chats`}
      onConfirm={() => void signOut()}
      onClose={stay}
    >
      <p>
        {kind === 'invite' ? (
          <Trans>This invitation is for somebody who has no account here yet.</Trans>
        ) : (
          <Trans>This link is for whoever sets up a new server and has no account here yet.</Trans>
        )}
      </p>
      <p>
        <Trans>
          To make another account with it, sign out first: chats, drafts and unsent messages kept in this browser are
          removed then.
        </Trans>
      </p>
    </ConfirmDialog>
  );
}
