/* Who is signed in. Signing in and out in one tab is seen by all. */
import { create } from 'zustand';
import { api, askForTokens, data, renewTokens, tokens } from './client';
import { deviceTokens, rememberDevice } from './devices';
import { ApiError } from './errors';
import type { components } from './generated/schema';
import { renewAt, tokensOf, type TokenAnswer, type Tokens } from './tokens';
import { fetchOnce } from './transport';

export type User = components['schemas']['User'];
export type Account = components['schemas']['Account'];
export type RegisterRequest = components['schemas']['RegisterRequest'];
export type CodeAnswer = components['schemas']['LookUpCodeResponse'];
export type RegistrationMode = components['schemas']['RegistrationMode'];

/** Why nobody is signed in: never was, signed out here or in another tab, or the server ended the session. */
export type SignedOutReason = 'new' | 'signed-out' | 'ended';

export interface Session {
  status: 'signed-in' | 'signed-out';
  /** Known at once after a reload. */
  userId: string | null;
  /** Null until fetched. */
  account: Account | null;
  reason: SignedOutReason;
}

const userId = tokens.get()?.userId ?? null;

export const sessionStore = create<Session>(() => ({
  status: userId ? 'signed-in' : 'signed-out',
  userId,
  account: null,
  reason: 'new',
}));

let leaving = false;

function follow(): void {
  const now = tokens.get()?.userId ?? null;
  const before = sessionStore.getState().userId;
  if (now !== before) {
    sessionStore.setState({
      status: now ? 'signed-in' : 'signed-out',
      userId: now,
      account: null,
      reason: now ? 'new' : leaving ? 'signed-out' : 'ended',
    });
  }
  scheduleRenewal();
}
tokens.subscribe(follow);

let renewal: ReturnType<typeof setTimeout> | undefined;
/* Soon at first: the answer may have been lost, and the server gives it again for a minute only. */
const RENEWAL_RETRY_MIN_MS = 1_000;
const RENEWAL_RETRY_MAX_MS = 30_000;

function scheduleRenewal(): void {
  clearTimeout(renewal);
  const current = tokens.get();
  if (!current) return;

  let pauseMs = RENEWAL_RETRY_MIN_MS;
  const renew = () => {
    renewTokens(current).catch(() => {
      // Over, or renewed by another tab: follow() has seen it.
      if (tokens.get()?.accessToken !== current.accessToken) return;
      renewal = setTimeout(renew, pauseMs);
      pauseMs = Math.min(RENEWAL_RETRY_MAX_MS, 2 * pauseMs);
    });
  };
  // Timers are 32 bits wide.
  renewal = setTimeout(renew, Math.min(Math.max(0, renewAt(current) - Date.now()), 2 ** 31 - 1));
}

/** Starts renewing the tokens of a session that survived a reload. To be called once. */
export function startSession(): void {
  scheduleRenewal();
}

function enter(answer: TokenAnswer & { device_token: string }): void {
  leaving = false;
  rememberDevice(answer.device_token);
  tokens.set(tokensOf(answer));
}

/** Throws ApiError: `unauthenticated` for wrong credentials, `rate_limited` with retryAfterMs. */
export async function signIn(username: string, password: string): Promise<void> {
  const known = deviceTokens();
  const body = { username, password, ...(known.length > 0 ? { device_tokens: known } : {}) };
  enter(await data(api.POST('/v1/auth/login', { body })));
}

/** Throws ApiError: `forbidden` when the old one is wrong. */
export async function changePassword(before: string, after: string): Promise<void> {
  const body = { old_password: before, new_password: after };
  rememberDevice((await data(api.POST('/v1/auth/password', { body }))).device_token);
}

/** Who may register on this server. Throws ApiError. */
export async function registrationMode(): Promise<RegistrationMode> {
  return (await data(api.GET('/v1/auth/registration'))).mode;
}

/** What the code of a link is good for. Throws ApiError. */
export async function lookUpCode(code: string): Promise<CodeAnswer> {
  return data(api.POST('/v1/auth/code', { body: { code } }));
}

/** Throws ApiError: `invalid`, `conflict` when the name is taken, `forbidden` when an invitation is needed. */
export async function register(request: RegisterRequest): Promise<void> {
  enter(await data(api.POST('/v1/auth/register', { body: request })));
}

type Cleaner = (userId: string) => Promise<void>;
const cleaners = new Set<Cleaner>();

/** Registers what must be wiped when the user signs out. */
export function onSignOut(cleaner: Cleaner): void {
  cleaners.add(cleaner);
}

const REVOKE_TIMEOUT_MS = 5_000;

/* The tokens are gone already, so that no tab tries to renew what is about to end. */
async function revoke(left: Tokens): Promise<void> {
  const isGood = left.expiresAt > Date.now();
  const token = isGood ? left.accessToken : (await askForTokens(left.refreshToken)).access_token;
  const headers = { authorization: `Bearer ${token}` };
  await fetchOnce(new Request(`${location.origin}/v1/auth/logout`, { method: 'POST', headers }), REVOKE_TIMEOUT_MS);
}

/** Ends the session on the server if it can be reached, and wipes what is kept here in any case. */
export async function signOut(): Promise<void> {
  leaving = true;
  const left = tokens.get();
  tokens.set(null);
  if (!left) return;
  await Promise.allSettled([revoke(left), ...[...cleaners].map((clean) => clean(left.userId))]);
}

/** Fetches the account (role, language, theme) into the session. */
export async function loadAccount(): Promise<Account> {
  const { account } = await data(api.GET('/v1/users/me'));
  if (!account) throw new ApiError('internal', 'no account in the answer', false);
  sessionStore.setState({ account });
  return account;
}

/** Changes one's own profile or settings. */
export async function updateAccount(body: components['schemas']['UpdateMeRequest']): Promise<Account> {
  const { account } = await data(api.PATCH('/v1/users/me', { body }));
  if (!account) throw new ApiError('internal', 'no account in the answer', false);
  sessionStore.setState({ account });
  return account;
}

export function useSession(): Session {
  return sessionStore();
}

/** For the socket: a token that is good now. Throws ApiError: `unauthenticated` when the session is over. */
export async function accessToken(): Promise<string> {
  const current = tokens.get();
  if (!current) throw new ApiError('unauthenticated', 'signed out', false);
  if (current.expiresAt > Date.now()) return current.accessToken;
  return (await renewTokens(current)).accessToken;
}

/** For the socket: the token was refused, so another one. Throws as accessToken(). */
export async function renewAccessToken(): Promise<string> {
  const current = tokens.get();
  if (!current) throw new ApiError('unauthenticated', 'signed out', false);
  return (await renewTokens(current)).accessToken;
}

/** Calls back with each new access token, whichever tab renewed it. */
export function onTokensChanged(listener: (accessToken: string) => void): () => void {
  let last = tokens.get()?.accessToken;
  return tokens.subscribe(() => {
    const now = tokens.get()?.accessToken;
    if (now && now !== last) listener(now);
    last = now;
  });
}
