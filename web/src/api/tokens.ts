/* The tokens of the signed-in user, shared by all tabs.
 *
 * A refresh token works once; using it again ends the session, since two have it. So tabs take turns under a Web Lock, and
 * who has waited looks first whether the tab before brought new tokens.
 *
 * They lie in localStorage: the contract gives them in a JSON body, and what a script put there a script can read, wherever
 * it is. What stands against a foreign script is the Content-Security-Policy (own scripts only, Trusted Types, no eval) and
 * that no text of users ever becomes HTML. A stolen refresh token is of use until its owner's next one: then the server
 * sees the reuse and ends the session. */
import { ApiError } from './errors';

export interface Tokens {
  userId: string;
  accessToken: string;
  refreshToken: string;
  /** Milliseconds since the epoch, by this machine's clock. */
  obtainedAt: number;
  expiresAt: number;
}

export interface TokenAnswer {
  user?: { id: string } | undefined;
  access_token: string;
  refresh_token: string;
  expires_in: number;
}

const KEY = 'molva.tokens';
const LOCK = 'molva.tokens';

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

/** When to renew: at 80 % of the token's life. */
export function renewAt(tokens: Tokens): number {
  return tokens.obtainedAt + 0.8 * (tokens.expiresAt - tokens.obtainedAt);
}

/** Serialises `work` among all tabs. */
export type WithLock = <T>(work: () => Promise<T>) => Promise<T>;

export const withTokenLock: WithLock = async (work) => {
  if (typeof navigator === 'undefined' || !navigator.locks) return work();
  // The DOM's type resolves one promise too few.
  return (await navigator.locks.request(LOCK, work)) as Awaited<ReturnType<typeof work>>;
};

export class TokenStore {
  private listeners = new Set<() => void>();
  private storage: Storage;
  private lock: WithLock;

  constructor(storage: Storage, lock: WithLock = withTokenLock) {
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

  /** Returns tokens newer than `used`, by asking `ask` unless another tab has done so already.
   * Throws `unauthenticated` when the session is over: then there are no tokens any more. */
  async renew(used: string, ask: (refreshToken: string) => Promise<TokenAnswer>): Promise<Tokens> {
    return this.lock(async () => {
      const current = this.get();
      if (!current) throw new ApiError('unauthenticated', 'signed out', false);
      if (current.accessToken !== used) return current;

      try {
        const next = tokensOf(await ask(current.refreshToken));
        this.set(next);
        return next;
      } catch (thrown) {
        const error = ApiError.from(thrown);
        if (error.code === 'unauthenticated') this.set(null);
        throw error;
      }
    });
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
