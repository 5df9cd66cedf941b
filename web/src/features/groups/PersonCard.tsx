import { useLingui } from '@lingui/react/macro';
import { useUser } from '@/realtime';
import { Dialog } from '@/ui/Dialog';
import { PersonDetails } from './PersonDetails';

interface PersonCardProps {
  userId: string;
  onClose: () => void;
  onOpenChat: (id: string) => void;
}

/* Somebody, in front of where their name or picture was chosen. */
export function PersonCard({ userId, onClose, onOpenChat }: PersonCardProps) {
  const { t } = useLingui();
  const name = useUser(userId)?.display_name;
  return (
    <Dialog title={name ?? t`Profile`} hideTitle isOpen closeLabel={t`Close`} onClose={onClose}>
      <PersonDetails
        userId={userId}
        onOpenChat={(id) => {
          onClose();
          onOpenChat(id);
        }}
      />
    </Dialog>
  );
}
