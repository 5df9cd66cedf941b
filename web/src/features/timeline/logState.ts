/* What one timeline's rows and buttons share without rendering each other. */
import { createContext, use } from 'react';
import type { Point } from '@/ui/PressMenu';
import { createStore, useStore, type StoreApi } from 'zustand';

export interface LogState {
  /** The row that shows its action bar because the pointer is over it. */
  hovered: string | null;
  /** The row that the arrow keys stand on; it stays mounted. */
  active: string | null;
  /** Whether the focus is inside the log. */
  focused: boolean;
  /** The row whose menu is open, and where. */
  menu: { key: string; at: Point } | null;
  /** The row one has jumped to, while it is shown as such. */
  highlighted: string | null;
  /** Whether the newest message is in view. */
  atEnd: boolean;
  /** Whether the unread divider is below what is in view. */
  dividerBelow: boolean;
  /** The day of the topmost row in view, and whether its own separator stands there already. */
  dayAt: number | null;
  dayCovered: boolean;
  scrolling: boolean;
}

export type LogStore = StoreApi<LogState>;

export interface LogContextValue {
  conversationId: string;
  kind: 'direct' | 'group';
  selfId: string;
  store: LogStore;
}

export const LogContext = createContext<LogContextValue | null>(null);

export function createLogStore(): LogStore {
  return createStore<LogState>(() => ({
    hovered: null,
    active: null,
    focused: false,
    menu: null,
    highlighted: null,
    atEnd: false,
    dividerBelow: false,
    dayAt: null,
    dayCovered: true,
    scrolling: false,
  }));
}

/** Writes only what differs: scrolling must not wake anybody for nothing. */
export function patch(store: LogStore, next: Partial<LogState>): void {
  const state = store.getState();
  const keys = Object.keys(next) as (keyof LogState)[];
  if (keys.some((key) => state[key] !== next[key])) store.setState(next);
}

export function useLog(): LogContextValue {
  const value = use(LogContext);
  if (!value) throw new Error('a row stands outside of a timeline');
  return value;
}

export function useLogState<T>(select: (state: LogState) => T): T {
  return useStore(useLog().store, select);
}
