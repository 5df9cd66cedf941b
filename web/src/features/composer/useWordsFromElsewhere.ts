import { useEffect, type RefObject } from 'react';
import { offerChatField } from '@/ui/chatField';
import { replaceSelection } from './replaceSelection';

/** Takes what is put into the open chat from elsewhere, as if it were typed behind the caret. */
export function useWordsFromElsewhere(ref: RefObject<HTMLTextAreaElement | null>): void {
  useEffect(
    () =>
      offerChatField((words) => {
        const field = ref.current;
        if (!field) return;
        field.focus({ preventScroll: true });
        const caret = field.selectionEnd;
        field.setSelectionRange(caret, caret);
        const joined = caret > 0 && !/\s/.test(field.value[caret - 1]!);
        replaceSelection(field, `${joined ? ' ' : ''}${words} `);
      }),
    [ref],
  );
}
