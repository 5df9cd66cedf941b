import { useLingui } from '@lingui/react/macro';
import { realtime, useConversation, useConversationTitle, useSaved } from '@/realtime';
import { IconChat, IconCheck, IconInfo } from '@/ui/icons';
import { MenuItem } from '@/ui/Menu';
import { PressMenu, type Point } from '@/ui/PressMenu';

interface ChatMenuProps {
  id: string;
  /** Of the chat; what there is to know about it stands below. */
  href: string;
  at: Point;
  onClose: () => void;
  /** What was chosen leads elsewhere. */
  onLeave?: () => void;
}

/* What can be done with a chat of the list. */
export function ChatMenu({ id, href, at, onClose, onLeave }: ChatMenuProps) {
  const { t } = useLingui();
  const conversation = useConversation(id);
  const title = useConversationTitle(id);
  const saved = useSaved(id);
  if (!conversation) return null;
  const about = conversation.kind === 'group' ? t`About the group` : t`About this person`;
  return (
    <PressMenu at={at} label={t`Actions for ${title}`} onClose={onClose}>
      <MenuItem text={t`Open`} icon={<IconChat />} href={href} onAction={onLeave} />
      {saved ? null : <MenuItem text={about} icon={<IconInfo />} href={`${href}/info`} onAction={onLeave} />}
      {conversation.unread > 0 ? (
        <MenuItem
          text={t`Mark as read`}
          icon={<IconCheck />}
          onAction={() => realtime.markRead(id, conversation.seq)}
        />
      ) : null}
    </PressMenu>
  );
}
