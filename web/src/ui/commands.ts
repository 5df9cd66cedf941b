/* What the keyboard can ask for, by name. Whoever can do it registers while it is on the screen; the table of shortcuts
 * (app/shortcuts.ts) says which key asks. Keeps features from knowing each other. */
import { useEffect, useRef } from 'react';

export type CommandName =
  | 'openSwitcher'
  | 'showShortcuts'
  | 'newChat'
  | 'nextChat'
  | 'previousChat'
  | 'nextUnreadChat'
  | 'previousUnreadChat'
  | 'readAll'
  | 'nextLandmark'
  | 'previousLandmark'
  | 'firstUnread'
  | 'latest'
  | 'bold'
  | 'italic'
  | 'code'
  | 'focusComposer';

/** Returning false says "not now": the key keeps its usual meaning. */
export type CommandHandler = () => boolean | void;

const handlers = new Map<CommandName, CommandHandler[]>();

export function registerCommand(name: CommandName, handler: CommandHandler): () => void {
  handlers.set(name, [...(handlers.get(name) ?? []), handler]);
  return () => {
    handlers.set(
      name,
      (handlers.get(name) ?? []).filter((other) => other !== handler),
    );
  };
}

/** Asks the newest handler first. Whether one of them did it. */
export function runCommand(name: CommandName): boolean {
  return [...(handlers.get(name) ?? [])].reverse().some((handler) => handler() !== false);
}

/** Registers while the component is mounted; the handler may change from render to render. */
export function useCommand(name: CommandName, handler: CommandHandler): void {
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  useEffect(() => registerCommand(name, () => latest.current()), [name]);
}
