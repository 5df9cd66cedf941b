import { useLingui } from '@lingui/react/macro';
import { flushSync } from 'react-dom';
import { useUser } from '@/realtime';
import { useChatField } from '@/ui/chatField';
import { Dialog } from '@/ui/Dialog';
import { PersonDetails } from './PersonDetails';

interface PersonCardProps {
  userId: string;
  onClose: () => void;
  onOpenChat: (id: string) => void;
  /** Their name was put into the open chat; absent where that is not offered. */
  onMentioned?: (() => void) | undefined;
}

/* Somebody, in front of where their name or picture was chosen. */
export function PersonCard({ userId, onClose, onOpenChat, onMentioned }: PersonCardProps) {
  const { t } = useLingui();
  const user = useUser(userId);
  const name = user?.display_name;
  const put = useChatField();
  const mention =
    put && user && onMentioned
      ? () => {
          // The card keeps the focus for as long as it is there.
          flushSync(onClose);
          put(`@${user.username}`);
          onMentioned();
        }
      : undefined;
  return (
    <Dialog title={name ?? t`Profile`} hideTitle isOpen closeLabel={t`Close`} onClose={onClose}>
      <PersonDetails
        userId={userId}
        onMention={mention}
        onOpenChat={(id) => {
          onClose();
          onOpenChat(id);
        }}
      />
    </Dialog>
  );
}
