import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useRef, type ReactNode } from 'react';
import { usePreferences } from '@/ui/preferences';
import { useRoom } from '@/ui/textSize';
import styles from './Layout.module.css';
import { returnFocus } from './landmarks';
import { ListResizer } from './ListResizer';

interface LayoutProps {
  /** Which of the two a phone shows. */
  showing: 'list' | 'main';
  listLabel: string;
  list: ReactNode;
  main: ReactNode;
  panel: ReactNode;
  onClosePanel: () => void;
  children: ReactNode;
}

function focusMain(): void {
  document.getElementById('main')?.focus();
}

function useEscape(active: boolean, onEscape: () => void): void {
  const latest = useRef(onEscape);
  useEffect(() => {
    latest.current = onEscape;
  });
  useEffect(() => {
    if (!active) return;
    const onKeyDown = (event: KeyboardEvent) => {
      if (
        event.key === 'Escape' &&
        !event.defaultPrevented &&
        !document.querySelector('[role$="dialog"], [role="menu"]')
      )
        latest.current();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [active]);
}

/* From 1024 px: list, main, panel side by side. From 720 px the panel lies over the main part. Below: one of them. */
export function Layout({ showing, listLabel, list, main, panel, onClosePanel, children }: LayoutProps) {
  const { t } = useLingui();
  const { listWidth } = usePreferences();
  const hasPanel = panel !== null;
  // Where the panel lies over the rest, the rest waits behind it.
  const room = useRoom();
  const over = room !== 'three' && hasPanel;
  const listAlone = room === 'one' && showing === 'list';
  useEscape(over, onClosePanel);

  const hadPanel = useRef(hasPanel);
  useEffect(() => {
    if (hadPanel.current && !hasPanel) returnFocus();
    hadPanel.current = hasPanel;
  }, [hasPanel]);

  // By script, because the policy allows no style attribute in the page; a root property also reaches the dialogs.
  useEffect(() => {
    document.documentElement.style.setProperty('--list-width', `${listWidth / 16}rem`);
  }, [listWidth]);

  return (
    <div className={styles.page} data-showing={showing} data-panel={hasPanel || undefined}>
      {listAlone ? null : (
        <a
          className={styles.skip}
          href="#main"
          onClick={(event) => {
            event.preventDefault();
            focusMain();
          }}
        >
          <Trans>Skip to the conversation</Trans>
        </a>
      )}
      <div className={styles.columns}>
        <section
          className={styles.list}
          // Where it is all there is, it is the main part; another element would begin the list anew.
          role={listAlone ? 'main' : 'navigation'}
          aria-label={listLabel}
          data-landmark="list"
          tabIndex={-1}
          inert={over}
        >
          {list}
          <ListResizer />
        </section>
        <main className={styles.main} id="main" data-landmark="main" tabIndex={-1} inert={over}>
          {main}
        </main>
        {hasPanel ? (
          <>
            <div className={styles.scrim} onClick={onClosePanel} aria-hidden="true" />
            <aside className={styles.panel} aria-label={t`Details`} data-landmark="panel" tabIndex={-1}>
              {panel}
            </aside>
          </>
        ) : null}
      </div>
      {children}
    </div>
  );
}
