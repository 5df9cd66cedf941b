/* The tokens of the signed-in user, shared by all tabs.
 *
 * A refresh token works once. For a minute the server answers it again, in the same way, since the answer may have been lost;
 * later, or when the next one was used too, it ends the session, since two have it. So tabs take turns, and who has waited
 * looks first whether the tab before brought new tokens. Storage reaches other tabs a moment late, and where the browser has no
 * locks two may get the turn at once: then both get the same, and neither takes from the store what it did not put there.
 *
 * They lie in localStorage: the contract gives them in a JSON body, and what a script put there a script can read, wherever
 * it is. What stands against a foreign script is the Content-Security-Policy (own scripts only, Trusted Types, no eval) and
 * that no text of users ever becomes HTML. A stolen refresh token is of use until its owner's next one: then the server
 * sees the reuse and ends the session. */
import { ApiError } from './errors';
import type { WithLock } from './tokenLock';

export interface Tokens {
  userId: string;
  accessToken: string;
  refreshToken: string;
  /** Milliseconds since the epoch, by this machine's clock. */
  obtainedAt: number;
  expiresAt: number;
}

/** What the server answers to a refresh token. */
export type AskForTokens = (refreshToken: string) => Promise<TokenAnswer>;

export interface TokenAnswer {
  user?: { id: string } | undefined;
  access_token: string;
  refresh_token: string;
  expires_in: number;
}

const KEY = 'molva.tokens';

export function tokensOf(answer: TokenAnswer, now = Date.now()): Tokens {
  if (!answer.user) throw new ApiError('internal', 'no user in the answer', false);
  return {
    userId: answer.user.id,
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token,
    obtainedAt: now,
    expiresAt: now + answer.expires_in * 1000,
  };
}

/** When to renew: at 80 to 85 % of the token's life. Most of the time the tab that comes first spares the others the asking. */
export function renewAt(tokens: Tokens, random = Math.random): number {
  return tokens.obtainedAt + (0.8 + 0.05 * random()) * (tokens.expiresAt - tokens.obtainedAt);
}

const signedOut = () => new ApiError('unauthenticated', 'signed out', false);

export class TokenStore {
  private listeners = new Set<() => void>();
  private storage: Storage;
  private lock: WithLock;

  constructor(storage: Storage, lock: WithLock) {
    this.storage = storage;
    this.lock = lock;
  }

  get(): Tokens | null {
    const text = this.storage.getItem(KEY);
    if (text === null) return null;
    try {
      const tokens = JSON.parse(text) as Tokens;
      return typeof tokens.refreshToken === 'string' && typeof tokens.userId === 'string' ? tokens : null;
    } catch {
      return null;
    }
  }

  set(tokens: Tokens | null): void {
    if (tokens) this.storage.setItem(KEY, JSON.stringify(tokens));
    else this.storage.removeItem(KEY);
    this.changed();
  }

  /** Calls back when this tab or another one changed the tokens. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** To be called for `storage` events of the window. */
  onStorage(event: { key: string | null }): void {
    if (event.key === KEY || event.key === null) this.changed();
  }

  /** Returns tokens newer than `used`, of the same user, by asking `ask` unless another tab has done so already.
   * Throws `unauthenticated` when that user is signed out, or the session is over: then there are no tokens any more. */
  async renew(used: Tokens, ask: AskForTokens): Promise<Tokens> {
    return this.lock(async () => {
      const current = this.of(used.userId);
      return current.accessToken === used.accessToken ? this.trade(current, ask) : current;
    });
  }

  private async trade(current: Tokens, ask: AskForTokens): Promise<Tokens> {
    let next: Tokens;
    try {
      next = tokensOf(await ask(current.refreshToken));
    } catch (thrown) {
      const error = ApiError.from(thrown);
      if (error.code !== 'unauthenticated') throw error;
      // It is the end of these tokens only: there may be newer ones.
      if (this.get()?.refreshToken === current.refreshToken) this.set(null);
      return this.of(current.userId);
    }
    const now = this.of(current.userId);
    if (now.refreshToken !== current.refreshToken && now.refreshToken !== next.refreshToken) return now;
    this.set(next);
    return next;
  }

  /* What is in the store now. */
  private of(userId: string): Tokens {
    const tokens = this.get();
    if (tokens?.userId !== userId) throw signedOut();
    return tokens;
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
