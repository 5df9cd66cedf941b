/* The one typed REST client. `await data(api.GET('/v1/users/me'))` answers the body or throws ApiError. */
import createClient from 'openapi-fetch';
import { ApiError } from './errors';
import type { paths } from './generated/schema';
import { tokenLock } from './tokenLock';
import { TokenStore, type TokenAnswer, type Tokens } from './tokens';
import { fetchGood, fetchWithRetry, withRetry } from './transport';

const origin = globalThis.location?.origin ?? 'http://localhost';

const page: EventTarget = globalThis.window ?? new EventTarget();
export const tokens = new TokenStore(globalThis.localStorage, tokenLock(globalThis.localStorage, page));
page.addEventListener('storage', (event) => tokens.onStorage(event as StorageEvent));

/* Shorter than other calls: for a minute the server answers again, and within it there is to be time for several tries. */
const REFRESH_TIMEOUT_MS = 8_000;

/** The answer to a refresh token; one try. Throws ApiError. */
export async function askForTokens(refreshToken: string): Promise<TokenAnswer> {
  const request = new Request(`${origin}/v1/auth/refresh`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ refresh_token: refreshToken }),
  });
  const response = await fetchGood(request, REFRESH_TIMEOUT_MS);
  return (await response.json()) as TokenAnswer;
}

/** Tokens newer than `used`, of the same user. Throws `unauthenticated` when the session is over. */
export async function renewTokens(used: Tokens): Promise<Tokens> {
  // Each try has a turn of its own: between two of them another tab may have brought newer tokens, and the old one is theft then.
  return withRetry(() => tokens.renew(used, askForTokens));
}

function isPublic(url: string): boolean {
  return /\/v1\/auth\/(login|register|registration|refresh|code)$/.test(new URL(url).pathname);
}

function withToken(request: Request, accessToken: string): Request {
  const copy = new Request(request.clone());
  copy.headers.set('authorization', `Bearer ${accessToken}`);
  return copy;
}

/* A 401 means the access token ended early or the clock is wrong: one renewal, one more try. */
async function authorizedFetch(request: Request): Promise<Response> {
  if (isPublic(request.url)) return fetchWithRetry(request);

  let current = tokens.get();
  if (!current) throw new ApiError('unauthenticated', 'signed out', false);
  if (current.expiresAt <= Date.now()) current = await renewTokens(current);
  try {
    return await fetchWithRetry(withToken(request, current.accessToken));
  } catch (thrown) {
    if (ApiError.from(thrown).code !== 'unauthenticated') throw thrown;
    const renewed = await renewTokens(current);
    return fetchWithRetry(withToken(request, renewed.accessToken));
  }
}

export const api = createClient<paths>({ baseUrl: origin, fetch: authorizedFetch });

/** The body of a call's answer. */
export async function data<T>(call: Promise<{ data?: T }>): Promise<T> {
  return (await call).data as T;
}
