/* Whose turn it is to renew the tokens: one tab's at a time.
 *
 * Web Locks say so where the browser has them, which is on https and on localhost. Elsewhere a lease in localStorage does: who
 * wants it writes a name into it, and has it when the name still stands there a moment later. That is no lock. Two may get it at
 * once, and one that takes longer than the lease shares it; then both ask, and the server gives both the same. */

/** Serialises `work` among all tabs. */
export type WithLock = <T>(work: () => Promise<T>) => Promise<T>;

const NAME = 'molva.renewing';
/* Longer than one try takes. */
export const LEASE_MS = 10_000;
/* By then, what another tab wrote before has arrived here. */
const SETTLE_MS = 50;

const webLock: WithLock = async (work) =>
  // The DOM's type resolves one promise too few.
  (await navigator.locks.request(NAME, work)) as Awaited<ReturnType<typeof work>>;

interface Lease {
  owner: string;
  until: number;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** `events` are those of the window. */
export function leaseLock(storage: Storage, events: EventTarget): WithLock {
  const me = crypto.getRandomValues(new Uint32Array(2)).join('-');
  let last: Promise<unknown> = Promise.resolve();

  /* Whose it is now; null when it is nobody's. */
  function read(): Lease | null {
    try {
      const lease = JSON.parse(storage.getItem(NAME) ?? 'null') as Lease | null;
      const left = (lease?.until ?? 0) - Date.now();
      // The clock may have been set back.
      return left > 0 && left <= LEASE_MS ? lease : null;
    } catch {
      return null;
    }
  }

  async function take(): Promise<void> {
    while (read()?.owner !== me) {
      const lease = read();
      if (lease) await released(events, lease.until - Date.now());
      else {
        storage.setItem(NAME, JSON.stringify({ owner: me, until: Date.now() + LEASE_MS }));
        await sleep(SETTLE_MS);
      }
    }
  }

  function giveBack(): void {
    if (read()?.owner === me) storage.removeItem(NAME);
  }
  // A reload in the middle of it: the page that follows need not wait.
  events.addEventListener('pagehide', giveBack);

  return (work) => {
    const turn = last.then(take).then(work).finally(giveBack);
    last = turn.catch(() => undefined);
    return turn;
  };
}

/* Another tab changed it, or it has run out. */
function released(events: EventTarget, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      events.removeEventListener('storage', onStorage);
      resolve();
    };
    const onStorage = (event: Event) => {
      const { key } = event as StorageEvent;
      if (key === NAME || key === null) done();
    };
    const timer = setTimeout(done, ms);
    events.addEventListener('storage', onStorage);
  });
}

export function tokenLock(storage: Storage, events: EventTarget): WithLock {
  return typeof navigator !== 'undefined' && navigator.locks ? webLock : leaseLock(storage, events);
}
