import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, type ReactNode } from 'react';
import { usePreferences } from '@/ui/preferences';
import styles from './Layout.module.css';
import { ListResizer } from './ListResizer';

interface LayoutProps {
  /** Which of the two a phone shows. */
  showing: 'list' | 'main';
  listLabel: string;
  banners: ReactNode;
  list: ReactNode;
  main: ReactNode;
  panel: ReactNode;
  onClosePanel: () => void;
  children: ReactNode;
}

function focusMain(): void {
  document.getElementById('main')?.focus();
}

/* From 1024 px: list, main, panel side by side. From 720 px the panel lies over the main part. Below: one of them. */
export function Layout({ showing, listLabel, banners, list, main, panel, onClosePanel, children }: LayoutProps) {
  const { t } = useLingui();
  const { listWidth } = usePreferences();
  const hasPanel = panel !== null;

  // By script, because the policy allows no style attribute in the page; a root property also reaches the dialogs.
  useEffect(() => document.documentElement.style.setProperty('--list-width', `${listWidth}px`), [listWidth]);

  return (
    <div className={styles.page} data-showing={showing} data-panel={hasPanel || undefined}>
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
      <div className={styles.banners}>{banners}</div>
      <div className={styles.columns}>
        <nav className={styles.list} aria-label={listLabel} data-landmark="list" tabIndex={-1}>
          {list}
        </nav>
        <ListResizer />
        <main className={styles.main} id="main" data-landmark="main" tabIndex={-1}>
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
