import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { useEffect } from 'react';
import { nameOf, realtime, realtimeStore } from '@/realtime';
import { announce } from '@/ui/LiveRegion';
import { preview } from '@/ui/markup/preview';
import { Announcer } from './announcer';

/** More than this nobody listens to; the message itself can be read. */
const SAID_MAX = 300;

/* What is said aloud about the open chat: live messages only, never history and never what was caught up with. */
export function useAnnouncements(conversationId: string): void {
  const { t } = useLingui();
  useEffect(() => {
    const announcer = new Announcer({
      say: announce,
      one: ({ author, text }) => `${author}: ${text}`,
      many: (count) => plural(count, { one: '# new message', other: '# new messages' }),
    });
    const stopLive = realtime.onLiveMessage((live) => {
      if (live.conversationId !== conversationId || live.mine) return;
      const author = nameOf(realtimeStore.getState(), live.message.sender_id) || t`Somebody`;
      announcer.add({ author, text: preview(live.message.text, { hidden: t`hidden text`, length: SAID_MAX }) });
    });
    const stopOwn = watchOwn(conversationId, (state) => {
      announce(state === 'sent' ? t`Message sent` : t`Message not sent`);
    });
    return () => {
      stopLive();
      stopOwn();
      announcer.stop();
    };
  }, [conversationId, t]);
}

/* Each message of mine is told of once as sent, and once each time it fails. */
function watchOwn(conversationId: string, tell: (state: 'sent' | 'failed') => void): () => void {
  const sending = new Map<string, 'sending' | 'failed'>();
  let before = realtimeStore.getState().timelines[conversationId]?.entries;
  const look = (entries: typeof before, quiet: boolean) => {
    const waiting = new Set<string>();
    for (let i = (entries?.length ?? 0) - 1; i >= 0; i--) {
      const entry = entries?.[i];
      if (!entry) continue;
      if (entry.kind === 'pending') {
        waiting.add(entry.key);
        if (!quiet && entry.state === 'failed' && sending.get(entry.key) === 'sending') tell('failed');
        sending.set(entry.key, entry.state);
      } else if (sending.has(entry.key)) {
        sending.delete(entry.key);
        if (!quiet) tell('sent');
      } else if (i < (entries?.length ?? 0) - 50) {
        break;
      }
    }
    /* Those that were taken back. */
    for (const key of sending.keys()) if (!waiting.has(key)) sending.delete(key);
  };
  look(before, true);
  return realtimeStore.subscribe((state) => {
    const entries = state.timelines[conversationId]?.entries;
    if (entries === before) return;
    before = entries;
    look(entries, false);
  });
}
