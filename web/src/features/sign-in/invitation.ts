import { sessionStore } from '@/api';

/* The code that a link brought: /#owner=CODE makes the owner of a new server, /#invite=CODE admits somebody. It leaves the
 * address bar at once, so that it is in no screenshot, bookmark or history; it is kept for this tab, through reloads. */
export interface Invitation {
  kind: 'owner' | 'invite';
  code: string;
}

const KEY = 'molva.invitation';
const CODE = /^[A-Za-z0-9_-]{1,128}$/;

export function invitationOf(hash: string): Invitation | null {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''));
  for (const kind of ['owner', 'invite'] as const) {
    const code = parameters.get(kind);
    if (code !== null && CODE.test(code)) return { kind, code };
  }
  return null;
}

function stored(): Invitation | null {
  try {
    return invitationOf(sessionStorage.getItem(KEY) ?? '');
  } catch {
    return null;
  }
}

function store(invitation: Invitation | null): void {
  try {
    if (invitation) sessionStorage.setItem(KEY, `#${invitation.kind}=${invitation.code}`);
    else sessionStorage.removeItem(KEY);
  } catch {
    // Without storage it lasts as long as the page.
  }
}

/** Takes the code out of the URL, and forgets it as soon as somebody signs in, before the chats are drawn: those offer a code
 * that is still kept. To be called once. */
export function startInvitation(): void {
  takeInvitation();
  sessionStore.subscribe(({ userId }, before) => {
    if (userId && userId !== before.userId) forgetInvitation();
  });
}

/** Takes the code out of the URL; without one there, what this tab keeps. */
export function takeInvitation(): Invitation | null {
  const fresh = invitationOf(location.hash);
  if (!fresh) return stored();
  history.replaceState(history.state, '', location.pathname + location.search);
  store(fresh);
  return fresh;
}

export function forgetInvitation(): void {
  store(null);
}
