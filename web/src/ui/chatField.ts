/* The field of the chat that is open, for those who have words for it and do not know the chat. */
import { createStore, useStore } from 'zustand';

/** Puts words at the caret, with a space on both sides, and the caret behind them. */
export type PutWords = (words: string) => void;

const field = createStore<{ put: PutWords | null }>(() => ({ put: null }));

/** Whoever has the field says so while it is there. */
export function offerChatField(put: PutWords): () => void {
  field.setState({ put });
  return () => {
    if (field.getState().put === put) field.setState({ put: null });
  };
}

/** Null while no chat is open that one can write to. */
export const useChatField = (): PutWords | null => useStore(field, ({ put }) => put);
