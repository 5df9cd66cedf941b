/* What can be done with a row; the bar, the menu and the note of a failed one offer the same. */
import { useLingui } from '@lingui/react/macro';
import { useMemo } from 'react';
import { realtime, realtimeStore } from '@/realtime';
import { announce } from '@/ui/LiveRegion';
import { showToast } from '@/ui/toasts';
import { copyText } from '@/ui/copyText';
import { useLog } from './logState';

export function linkTo(conversationId: string, seq: number): string {
  return `${location.origin}/c/${conversationId}?m=${String(seq)}`;
}

export function useCopyActions(text: string, seq: number) {
  const { t } = useLingui();
  const { conversationId } = useLog();
  return useMemo(() => {
    const copy = (what: string, done: string) => {
      void copyText(what).then((copied) => {
        if (copied) showToast(done, { timeoutMs: 2500 });
        else showToast(t`The browser does not let us copy`, { tone: 'error' });
      });
    };
    return {
      copyText: () => {
        copy(text, t`Text copied`);
      },
      copyLink: () => {
        copy(linkTo(conversationId, seq), t`Link copied`);
      },
    };
  }, [conversationId, seq, t, text]);
}

export function useFailedActions(clientId: string) {
  const { t } = useLingui();
  const { conversationId } = useLog();
  return useMemo(
    () => ({
      retry: () => {
        void realtime.retry(clientId);
      },
      edit: () => {
        void realtime.discard(clientId).then((text) => {
          if (text !== null) editAgain(conversationId, text);
        });
      },
      remove: () => {
        void realtime.discard(clientId).then(() => {
          announce(t`Message deleted`);
        });
      },
    }),
    [clientId, conversationId, t],
  );
}

/* Back into the composer, before what stands there already: nothing typed is ever lost. */
function editAgain(conversationId: string, text: string): void {
  const draft = realtimeStore.getState().drafts[conversationId]?.text ?? '';
  const whole = draft === '' ? text : `${text}\n${draft}`;
  realtime.saveDraft(conversationId, { text: whole, caret: text.length });
  document.getElementById('composer')?.focus();
}
