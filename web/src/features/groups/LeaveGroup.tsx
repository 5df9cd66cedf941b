import { Trans, useLingui } from '@lingui/react/macro';
import { errorText, useSession } from '@/api';
import type { ConversationView } from '@/realtime';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { useAttempt } from '@/ui/useAttempt';
import { removeMember } from './memberActions';

interface LeaveGroupProps {
  conversation: ConversationView;
  onClose: () => void;
  onGone: () => void;
}

export function LeaveGroup({ conversation, onClose, onGone }: LeaveGroupProps) {
  const { t } = useLingui();
  const { userId } = useSession();
  const { attempt, busy } = useAttempt({ says: errorText, again: t`Try again` });
  const title = conversation.title;
  const leave = () =>
    void attempt(async () => {
      if (userId) await removeMember(conversation.id, userId);
      onClose();
      onGone();
    });

  return (
    <ConfirmDialog
      title={t`Leave “${title}”?`}
      isOpen
      danger
      isPending={busy}
      confirmLabel={t`Leave`}
      cancelLabel={t`Stay`}
      onConfirm={leave}
      onClose={onClose}
    >
      {conversation.role === 'owner' && conversation.memberCount > 1 ? (
        <Trans>
          You will no longer see its messages. The group goes on: its longest-standing admin, or else member, becomes
          the owner.
        </Trans>
      ) : (
        <Trans>You will no longer see its messages. To come back, somebody in the group has to add you.</Trans>
      )}
    </ConfirmDialog>
  );
}
