/* That somebody has signed in on this device before: the server gives a token for it, and then they do not wait for wrong
 * passwords that strangers have tried. A token opens nothing and says nothing of whose it is, so it stays after signing out. */
const KEY = 'molva.devices';
/* As many as the server looks at. */
const MAX = 8;

/** Newest first. */
export function deviceTokens(storage: Storage = localStorage): string[] {
  try {
    const tokens: unknown = JSON.parse(storage.getItem(KEY) ?? '[]');
    return Array.isArray(tokens) ? tokens.filter((token) => typeof token === 'string').slice(0, MAX) : [];
  } catch {
    return [];
  }
}

export function rememberDevice(token: string, storage: Storage = localStorage): void {
  const others = deviceTokens(storage).filter((other) => other !== token);
  try {
    storage.setItem(KEY, JSON.stringify([token, ...others].slice(0, MAX)));
  } catch {
    // No room: a stranger next time.
  }
}
