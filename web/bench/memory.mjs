/* What is left in memory after going through fifty chats.
 *
 *   node bench/memory.mjs --url http://127.0.0.1:8080 */
import { finish, openChat, pageOf, percentile, row, serverUrl, withBrowser } from './browser.mjs';
import { Account, seed } from './people.mjs';

const CHATS = 10;
const SWITCHES = 50;

const url = serverUrl();
const ann = await Account.make(url, 'Ann');
const bob = await Account.make(url, 'Bob');
const chats = [];
for (let i = 0; i < CHATS; i++) {
  chats.push(await ann.group(`Chat ${i}`, bob));
  await seed(chats[i], [ann, bob], 150);
}

await withBrowser(async (browser) => {
  const page = await pageOf(browser, ann);
  await openChat(page, url, chats[0]);
  const cached = [];
  for (let i = 1; i <= SWITCHES; i++) {
    const chat = chats[i % CHATS];
    const ms = await page.evaluate(openFromList, chat);
    if (i > CHATS) cached.push(ms);
  }
  row('open a cached chat, p95', percentile(cached, 0.95), 100, 'ms');
  const bytes = await page.evaluate(async () => {
    for (let i = 0; i < 3; i++) {
      window.gc();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return performance.memory.usedJSHeapSize;
  });
  row(`heap after ${SWITCHES} chat switches`, bytes / 1e6, 150, 'MB');
  row('DOM nodes after them', await page.evaluate(() => document.querySelectorAll('*').length), 1500, 'nodes');
});
finish();

/* In the page: a click on the row of a chat, until its messages stand where they stay. */
function openFromList(id) {
  return new Promise((resolve) => {
    const begin = performance.now();
    history.pushState(null, '', `/c/${id}`);
    window.dispatchEvent(new PopStateEvent('popstate'));
    const frame = () => {
      const log = document.querySelector('[role="log"]');
      const shown = log?.dataset.chat === id && log.style.visibility === '' && log.querySelector('article');
      if (shown) resolve(performance.now() - begin);
      else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
}
