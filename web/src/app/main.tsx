/* The client begins here: theme, language, session, then the page. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { sessionStore, startSession } from '@/api';
import { takeInvitation } from '@/features/sign-in/invitation';
import { startTextSize } from '@/ui/textSize';
import '@/ui/tokens.css';
import '@/ui/base.css';
import { App } from './App';
import { startI18n } from './i18n';
import { forgetLeftovers, loadWorkspace } from './loadWorkspace';
import { startServiceWorker } from './serviceWorker';
import { startTheme } from './theme';

async function start(): Promise<void> {
  const root = document.getElementById('root');
  if (!root) return;
  startTheme();
  startTextSize();
  takeInvitation();
  startSession();
  // A failure shows where it is drawn.
  if (sessionStore.getState().status === 'signed-in') loadWorkspace().catch(() => undefined);
  else void forgetLeftovers();
  await startI18n();
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
  startServiceWorker();
}

// index.html says in both languages that it could not be loaded.
start().catch(() => document.getElementById('unloaded')?.removeAttribute('hidden'));
