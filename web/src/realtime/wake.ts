/* Moments after which a socket may be dead without anybody having noticed. */

const TICK_MS = 10_000;
/* A timer this late means that the machine slept or the tab was frozen. */
const LATE_MS = 10_000;

/** Calls back on wake, `online`, `offline`, the tab shown or restored. Returns what ends it. */
export function onWake(wake: () => void, hidden: () => void): () => void {
  const visibility = () => (document.visibilityState === 'visible' ? wake() : hidden());
  let expected = Date.now() + TICK_MS;
  const ticks = setInterval(() => {
    if (Date.now() > expected + LATE_MS) wake();
    expected = Date.now() + TICK_MS;
  }, TICK_MS);

  const windowEvents = ['online', 'offline', 'pageshow', 'resume'];
  for (const name of windowEvents) window.addEventListener(name, wake);
  document.addEventListener('visibilitychange', visibility);
  window.addEventListener('pagehide', hidden);
  return () => {
    clearInterval(ticks);
    for (const name of windowEvents) window.removeEventListener(name, wake);
    document.removeEventListener('visibilitychange', visibility);
    window.removeEventListener('pagehide', hidden);
  };
}
