/* Whose card is shown. Pictures, names and menus of people all over the page ask for it; the page has one place for it. */
import { createStore, useStore } from 'zustand';

export interface ShownCard {
  userId: string;
  /** Something other than the open chat is at hand, a dialog for example: what the card offers stays out of that chat. */
  aside: boolean;
}

const card = createStore<{ shown: ShownCard | null }>(() => ({ shown: null }));

export function showCard(userId: string, { aside = false }: { aside?: boolean } = {}): void {
  card.setState({ shown: { userId, aside } });
}

export function hideCard(): void {
  card.setState({ shown: null });
}

export const useShownCard = (): ShownCard | null => useStore(card, ({ shown }) => shown);
