/* The client begins here: theme, language, session, then the page. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { sessionStore, startSession } from '@/api';
import { startInvitation } from '@/features/sign-in/invitation';
import { startTextSize } from '@/ui/textSize';
import '@/ui/tokens.css';
import '@/ui/base.css';
import { readAhead } from '@/realtime/kept';
import { App, preloadFirst } from './App';
import { startI18n } from './i18n';
import { forgetLeftovers, loadWorkspace } from './loadWorkspace';
import { startServiceWorker } from './serviceWorker';
import { startTheme } from './theme';

/* A disk that takes longer is not waited for: the columns are there, and the chats come when they do. */
const KEPT_WAIT_MS = 300;

async function beginFirst(): Promise<void> {
  const { beginWorkspace } = await loadWorkspace();
  await Promise.race([beginWorkspace(), new Promise((resolve) => setTimeout(resolve, KEPT_WAIT_MS))]);
}

async function start(): Promise<void> {
  const root = document.getElementById('root');
  if (!root) return;
  startTheme();
  startTextSize();
  startInvitation();
  startSession();
  const { userId } = sessionStore.getState();
  if (userId) readAhead(userId);
  else void forgetLeftovers();
  // Of these a failure shows where they are drawn.
  const first = preloadFirst()
    .then(() => (userId ? beginFirst() : undefined))
    .catch(() => undefined);
  await Promise.all([startI18n(), first]);
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
  startServiceWorker();
}

// index.html says in both languages that it could not be loaded.
start().catch(() => document.getElementById('unloaded')?.removeAttribute('hidden'));
