/* A sound for a message that nobody is looking at: one tab makes it, of those that this user has open here. */
import { useEffect } from 'react';
import { realtime, realtimeStore } from '@/realtime';
import { getPreferences } from '@/ui/preferences';
import { placeOf, type Place } from './routes';

const idOf = (place: Place) => (place.at === 'chat' ? place.id : null);

/* The chat that the reader has before them in this window. */
function lookedAt(): string | null {
  return document.visibilityState === 'visible' && document.hasFocus() ? idOf(placeOf(location.pathname)) : null;
}

/** `place` is where this window is: the others are told when somebody looks at it. */
export function useMessageSound(place: Place): void {
  const id = idOf(place);
  useEffect(() => {
    const tabs = new BroadcastChannel('molva-looked-at');
    let elsewhere: string | null = null;
    tabs.onmessage = ({ data }: MessageEvent<string | null>) => {
      elsewhere = data;
    };
    const tell = () => tabs.postMessage(lookedAt());
    const stopLive = realtime.onLiveMessage(({ conversationId, mine }) => {
      if (mine || !getPreferences().sound || !realtimeStore.getState().leader) return;
      if (conversationId === lookedAt() || conversationId === elsewhere) return;
      void import('./chime').then(({ chime }) => chime()).catch(() => undefined);
    });
    tell();
    window.addEventListener('focus', tell);
    window.addEventListener('blur', tell);
    return () => {
      stopLive();
      window.removeEventListener('focus', tell);
      window.removeEventListener('blur', tell);
      tabs.postMessage(null);
      tabs.close();
    };
  }, [id]);
}
