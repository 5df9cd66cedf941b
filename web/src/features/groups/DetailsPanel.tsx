import { useLingui } from '@lingui/react/macro';
import { useEffect, useRef } from 'react';
import { useConversation } from '@/realtime';
import { IconButton } from '@/ui/IconButton';
import { IconBack, IconClose } from '@/ui/icons';
import { usePhone } from '@/ui/useMediaQuery';
import styles from './DetailsPanel.module.css';
import { GroupDetails, type AddPeople } from './GroupDetails';
import { PersonDetails } from './PersonDetails';

export interface DetailsPanelProps {
  conversationId: string;
  addPeople: AddPeople;
  onClose: () => void;
  onOpenChat: (id: string) => void;
  /** I left it, or it is no more. */
  onGone: () => void;
}

/* What there is to know about a chat: the person, or the group and its members. */
export function DetailsPanel({ conversationId, addPeople, onClose, onOpenChat, onGone }: DetailsPanelProps) {
  const { t } = useLingui();
  const phone = usePhone();
  const heading = useRef<HTMLHeadingElement>(null);
  const conversation = useConversation(conversationId);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
  }, []);
  if (!conversation) return null;

  const group = conversation.kind === 'group';
  return (
    <div
      className={styles.panel}
      role="presentation"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        event.preventDefault();
        onClose();
      }}
    >
      <header className={styles.header}>
        {phone ? (
          <IconButton label={t`Back to the chat`} tooltip="none" onPress={onClose}>
            <IconBack />
          </IconButton>
        ) : null}
        <h2 ref={heading} tabIndex={-1} className={styles.heading}>
          {group ? t`About the group` : t`About this person`}
        </h2>
        {phone ? null : (
          <IconButton label={t`Close`} tooltip="none" onPress={onClose}>
            <IconClose />
          </IconButton>
        )}
      </header>
      <div className={styles.body}>
        {group ? (
          <GroupDetails conversation={conversation} addPeople={addPeople} onOpenChat={onOpenChat} onGone={onGone} />
        ) : (
          <PersonDetails userId={conversation.peerId} inChat onOpenChat={onOpenChat} />
        )}
      </div>
    </div>
  );
}
