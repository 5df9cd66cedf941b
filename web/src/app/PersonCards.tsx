import { useEffect } from 'react';
import { useLocation } from 'wouter';
import { lazyPart } from '@/ui/lazyPart';
import { hideCard, useShownCard } from '@/ui/personCard';
import { LazyDialog } from './LazyDialog';

const PersonCard = lazyPart(
  () => import('@/features/groups'),
  (part) => part.PersonCard,
);

interface PersonCardsProps {
  onOpenChat: (id: string) => void;
  /** Something was put into the field of the open chat. */
  onMentioned: () => void;
}

/* The place of the card of a person, over everything. Whoever goes elsewhere leaves it. */
export function PersonCards({ onOpenChat, onMentioned }: PersonCardsProps) {
  const [path] = useLocation();
  const card = useShownCard();
  useEffect(() => hideCard, [path]);
  if (!card) return null;
  return (
    <LazyDialog onClose={hideCard}>
      <PersonCard
        userId={card.userId}
        onClose={hideCard}
        onOpenChat={onOpenChat}
        onMentioned={card.aside ? undefined : onMentioned}
      />
    </LazyDialog>
  );
}
