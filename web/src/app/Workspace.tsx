/* Everything behind the sign-in: the three columns and what lies over them. */
import { useLingui } from '@lingui/react/macro';
import { QueryClientProvider } from '@tanstack/react-query';
import { Suspense, useEffect, useState, type ReactNode } from 'react';
import { useLocation, useSearch } from 'wouter';
import { loadAccount, useSession } from '@/api';
import { ChatLine, ChatList, ChatMenu, preloadRows } from '@/features/chat-list';
import { loadAddMembers, loadInvite, loadWelcome, NewChat, type AddMembersProps } from '@/features/people';
import { loadResults, Switcher, type SwitcherProps } from '@/features/switcher';
import { begunPeer, realtime, useConnection, useConversation, useNoStorage } from '@/realtime';
import { useCommand } from '@/ui/commands';
import { getPreferences, setPreferences } from '@/ui/preferences';
import { lazyPart } from '@/ui/lazyPart';
import { usePhone } from '@/ui/useMediaQuery';
import { AccountMenu } from './AccountMenu';
import { ChatView, NoChat } from './ChatView';
import { ErrorBoundary } from './ErrorBoundary';
import { isLanguage } from './i18n';
import { Layout } from './Layout';
import { LazyDialog } from './LazyDialog';
import { LinkForNewcomers } from './LinkForNewcomers';
import { moveToLandmark, rememberFocus } from './landmarks';
import { goBackTo, goTo, leaveSettings } from './navigation';
import { NoStorage } from './NoStorage';
import { PersonCards } from './PersonCards';
import { newQueries } from './queries';
import { chatPath, detailsPath, messageOf, placeOf, settingsPath, type Place } from './routes';
import { ShortcutsDialog } from './ShortcutsDialog';
import { startShortcuts } from './shortcuts';
import { useMessageSound } from './useMessageSound';
import { useConnectionNews, useUpdateNews } from './useNews';
import { usePageTitle } from './usePageTitle';
import { useVisited } from './useVisited';

const loadSettings = () => import('@/features/settings');
const SettingsNav = lazyPart(loadSettings, (part) => part.SettingsNav);
const SettingsPage = lazyPart(loadSettings, (part) => part.SettingsPage);
const DetailsPanel = lazyPart(
  () => import('@/features/groups'),
  (part) => part.DetailsPanel,
);
const AddMembers = lazyPart(loadAddMembers, (part) => part.AddMembers);
const Welcome = lazyPart(loadWelcome, (part) => part.Welcome);
const InviteDialog = lazyPart(loadInvite, (part) => part.InviteDialog);
const KeyboardPage = lazyPart(
  () => import('./ShortcutList'),
  (part) => part.KeyboardPage,
);

type OnTop = 'new-chat' | 'switcher' | 'invite' | 'shortcuts' | null;

const openChat = (id: string) => goTo(chatPath(id));
const chatLine = (id: string) => <ChatLine id={id} />;
const chatMenu: SwitcherProps['chatMenu'] = (chat) => (
  <Suspense fallback={null}>
    <ChatMenu {...chat} href={chatPath(chat.id)} />
  </Suspense>
);

/* The account's own theme and language, on a device where nobody chose otherwise. */
function useAccount(): void {
  const { account } = useSession();
  const online = useConnection().status === 'online';
  const missing = account === null;
  useEffect(() => {
    // Without it administration stays hidden; the next connection tries again.
    if (missing && online) loadAccount().catch(() => undefined);
  }, [missing, online]);

  const theme = account?.theme;
  const language = account?.language;
  useEffect(() => {
    const mine = getPreferences();
    if (mine.theme === 'system' && (theme === 'light' || theme === 'dark')) setPreferences({ theme });
    if (mine.language === null && isLanguage(language)) setPreferences({ language });
  }, [theme, language]);
}

/* So that Ctrl+K has something to offer at once: fetched while nothing else happens. */
function usePrefetch(): void {
  useEffect(() => {
    const timer = setTimeout(() => void loadResults().catch(() => undefined), 4000);
    return () => clearTimeout(timer);
  }, []);
}

function useRealtime(): void {
  useEffect(() => {
    void realtime.start();
    return () => void realtime.stop();
  }, []);
}

function useKeyboard(show: (what: OnTop) => void): void {
  useEffect(startShortcuts, []);
  useEffect(() => {
    document.addEventListener('focusin', rememberFocus);
    return () => document.removeEventListener('focusin', rememberFocus);
  }, []);
  useCommand('openSwitcher', () => show('switcher'));
  useCommand('showShortcuts', () => show('shortcuts'));
  useCommand('newChat', () => show('new-chat'));
  useCommand('readAll', () => realtime.markAllRead());
  useCommand('nextLandmark', () => moveToLandmark(1));
  useCommand('previousLandmark', () => moveToLandmark(-1));
}

const addPeople = (props: AddMembersProps) => (
  <LazyDialog onClose={props.onClose}>
    <AddMembers {...props} />
  </LazyDialog>
);

/* With one person there is one chat, also while it is only begun: its view stays when it is made. */
function useChatKey(place: Place): string {
  const id = place.at === 'chat' ? place.id : '';
  const peerId = useConversation(id)?.peerId;
  return peerId ?? begunPeer(id) ?? id;
}

function Main({ place, search, welcome }: { place: Place; search: string; welcome: ReactNode }) {
  const chatKey = useChatKey(place);
  if (place.at === 'chat')
    return (
      <ChatView
        key={chatKey}
        id={place.id}
        details={place.details}
        jumpTo={messageOf(search)}
        onBack={() => goBackTo('/')}
        onDetails={() => (place.details ? goBackTo(chatPath(place.id)) : goTo(detailsPath(place.id)))}
      />
    );
  if (place.at === 'settings')
    return (
      <SettingsPage
        section={place.section ?? 'profile'}
        onBack={() => goBackTo(settingsPath())}
        keyboard={<KeyboardPage />}
      />
    );
  return <NoChat lost={place.at === 'nowhere'} welcome={welcome} />;
}

function Panel({ place }: { place: Place }) {
  if (place.at !== 'chat' || !place.details) return null;
  return (
    <DetailsPanel
      key={place.id}
      conversationId={place.id}
      addPeople={addPeople}
      onClose={() => goBackTo(chatPath(place.id))}
      onOpenChat={openChat}
      onGone={() => goTo('/')}
    />
  );
}

/** Begins before anything is drawn: what is kept is then shown at once, without the empty rows in its place. Resolves when it can
 * be. */
export async function beginWorkspace(): Promise<void> {
  await realtime.start();
  await preloadRows();
}

/* It is mounted anew for another user, and so is the cache. */
export function Workspace() {
  const [queries] = useState(newQueries);
  return (
    <QueryClientProvider client={queries}>
      <Columns />
    </QueryClientProvider>
  );
}

function Columns() {
  const { t } = useLingui();
  const [path] = useLocation();
  const search = useSearch();
  const [onTop, setOnTop] = useState<OnTop>(null);
  const place = placeOf(path);
  const close = () => setOnTop(null);
  const noStorage = useNoStorage();
  const phone = usePhone();

  useRealtime();
  usePrefetch();
  useAccount();
  useKeyboard(setOnTop);
  usePageTitle(place);
  useConnectionNews();
  useUpdateNews();
  useMessageSound(place);
  const openId = place.at === 'chat' ? place.id : null;
  const visited = useVisited(openId);

  if (noStorage) return <NoStorage />;
  const welcome = (
    <Suspense fallback={null}>
      <Welcome onNewChat={() => setOnTop('new-chat')} />
    </Suspense>
  );
  const inSettings = place.at === 'settings';
  const wholeList = place.at === 'home' || place.at === 'nowhere' || (inSettings && place.section === null);
  return (
    <Layout
      showing={wholeList ? 'list' : 'main'}
      listLabel={inSettings ? t`Settings` : t`Chats`}
      list={
        inSettings ? (
          <Suspense fallback={null}>
            <SettingsNav section={place.section} onBack={leaveSettings} pathOf={settingsPath} />
          </Suspense>
        ) : (
          <ChatList
            openId={openId}
            pathOf={chatPath}
            onOpen={openChat}
            onNewChat={() => setOnTop('new-chat')}
            onSearch={() => setOnTop('switcher')}
            welcome={phone ? welcome : null}
            account={<AccountMenu onShortcuts={() => setOnTop('shortcuts')} />}
          />
        )
      }
      main={
        <ErrorBoundary place={path}>
          <Suspense fallback={null}>
            <Main place={place} search={search} welcome={phone ? null : welcome} />
          </Suspense>
        </ErrorBoundary>
      }
      panel={
        place.at === 'chat' && place.details ? (
          <ErrorBoundary place={path}>
            <Suspense fallback={null}>
              <Panel place={place} />
            </Suspense>
          </ErrorBoundary>
        ) : null
      }
      onClosePanel={() => {
        if (place.at === 'chat') goBackTo(chatPath(place.id));
      }}
    >
      {onTop === 'new-chat' ? <NewChat onClose={close} onOpenChat={openChat} /> : null}
      {onTop === 'switcher' ? (
        <Switcher
          openId={openId}
          visited={visited}
          chatLine={chatLine}
          chatMenu={chatMenu}
          onClose={close}
          onOpenChat={openChat}
          onInvite={() => setOnTop('invite')}
        />
      ) : null}
      {onTop === 'invite' ? (
        <LazyDialog onClose={close}>
          <InviteDialog onClose={close} />
        </LazyDialog>
      ) : null}
      {onTop === 'shortcuts' ? <ShortcutsDialog onClose={close} /> : null}
      <LinkForNewcomers />
      <PersonCards
        onOpenChat={(id) => {
          close();
          openChat(id);
        }}
        onMentioned={() => {
          // On a phone the chat is below what there is to know about it.
          if (phone && place.at === 'chat' && place.details) goBackTo(chatPath(place.id));
        }}
      />
    </Layout>
  );
}
