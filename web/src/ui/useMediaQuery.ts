import { useCallback, useSyncExternalStore } from 'react';
import { useRoom } from './textSize';

export function useMediaQuery(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = matchMedia(query);
      list.addEventListener('change', listener);
      return () => list.removeEventListener('change', listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

/** One column: the list or the chat. */
export const usePhone = () => useRoom() === 'one';

/** The pointer is a finger: no focus in fields by itself, it would open the keyboard. */
export const useTouch = () => useMediaQuery('(pointer: coarse)');
