/* Parts of the client come as files of their own, and a request for one may fail when the network changes in that second. */
const PAUSES_MS = [300, 1500];

/** Loads a part, again after a pause when that failed. Rejects when the last try has. */
export async function patiently<T>(load: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES_MS) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return load();
}
