import { Trans, useLingui } from '@lingui/react/macro';
import { Suspense, useCallback, useId, useState, type KeyboardEvent, type ReactNode } from 'react';
import { Dialog } from '@/ui/Dialog';
import { IconSearch } from '@/ui/icons';
import { lazyPart } from '@/ui/lazyPart';
import type { Point } from '@/ui/PressMenu';
import { takeFocus } from '@/ui/TypeAhead';
import styles from './Switcher.module.css';

export const loadResults = () => import('./Results');
const Results = lazyPart(loadResults, (part) => part.Results);

/** What is shown, and in which order, before a word is typed. */
export interface ChatsToOffer {
  /** What is open is where one is already. */
  openId: string | null;
  /** Chats that were open here, the latest first: they come before the others. */
  visited: readonly string[];
  /** The line below a chat's name. */
  chatLine: (id: string) => ReactNode;
  /** What can be done with a chat; `onLeave`: it leads elsewhere. */
  chatMenu: (chat: { id: string; at: Point; onClose: () => void; onLeave: () => void }) => ReactNode;
}

export interface SwitcherProps extends ChatsToOffer {
  onClose: () => void;
  onOpenChat: (id: string) => void;
  onInvite: () => void;
}

/* What the field does not keep for itself. */
export type ResultsKey = 'ArrowDown' | 'ArrowUp' | 'Enter';
const isForResults = (key: string): key is ResultsKey => ['ArrowDown', 'ArrowUp', 'Enter'].includes(key);

/* Ctrl+K: a few letters, Enter, there. The focus stays in the field; the arrows move the mark in the list. The field is
 * there in the frame of the key press, and what comes faster than the results waits for them: nobody who types ahead
 * writes into the chat behind. */
export function Switcher({ onClose, onOpenChat, onInvite, ...offer }: SwitcherProps) {
  const { t } = useLingui();
  const [query, setQuery] = useState('');
  const [keys, setKeys] = useState<readonly ResultsKey[]>([]);
  const [active, setActive] = useState<string | null>(null);
  const listId = useId();
  const taken = useCallback(() => setKeys(([, ...later]) => later), []);

  function onKeyDown(event: KeyboardEvent): void {
    // While a word is being composed, its keys choose among the suggestions.
    if (event.nativeEvent.isComposing) return;
    const { key } = event;
    if (isForResults(key)) setKeys((before) => [...before, key]);
    else if (key === 'Escape') onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <Dialog title={t`Go to a chat or a person`} hideTitle isOpen onClose={onClose} closeLabel={t`Close`} width="m" tall>
      <div className={styles.field}>
        <IconSearch className={styles.icon} />
        <input
          className={styles.input}
          role="combobox"
          aria-label={t`Chat or person`}
          aria-autocomplete="list"
          aria-expanded={active !== null}
          aria-controls={active === null ? undefined : listId}
          aria-activedescendant={active ?? undefined}
          placeholder={t`Chat or person`}
          autoComplete="off"
          autoCorrect="off"
          spellCheck={false}
          enterKeyHint="go"
          ref={takeFocus}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            // They were meant for what the words before would have found.
            setKeys([]);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div className={styles.results}>
        <Suspense
          fallback={
            <p className={styles.empty} role="status">
              <Trans>Searching…</Trans>
            </p>
          }
        >
          <Results
            id={listId}
            {...offer}
            query={query}
            keys={keys}
            onTaken={taken}
            onActive={setActive}
            onClose={onClose}
            onOpenChat={onOpenChat}
            onInvite={onInvite}
          />
        </Suspense>
      </div>
    </Dialog>
  );
}
