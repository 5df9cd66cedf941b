/* What one feels: Ctrl+K, going from chat to chat, and a start from what the browser keeps.
 *
 *   node bench/felt.mjs --url http://127.0.0.1:8080 [--quick] */
import { finish, openChat, pageOf, percentile, quick, row, serverUrl, withBrowser } from './browser.mjs';
import { Account, seed } from './people.mjs';

const [CHATS, MESSAGES, ROUNDS] = quick() ? [30, 40, 3] : [300, 1000, 20];
/* Chats whose messages stay loaded (OPENED_MAX of realtime/link.ts), without one for the page that opens first. */
const CACHED = 10;

const url = serverUrl();
const ann = await Account.make(url, 'Ann');
const bob = await Account.make(url, 'Bob');
const chats = [];
for (let i = 0; i < CHATS; i++) {
  chats.push(await ann.group(`Chat ${i}`, bob));
  await seed(chats[i], [ann, bob], MESSAGES);
}
const newest = chats.toReversed();

await withBrowser(async (browser) => {
  const colds = [];
  for (let i = 0; i < ROUNDS; i++) {
    const page = await pageOf(browser, ann);
    await openChat(page, url, newest[0]);
    await page.evaluate(watchSwitcher);
    await page.keyboard.press('Control+k');
    colds.push(await page.evaluate(() => window.benchFocus));
    await page.context().close();
  }
  row('Ctrl+K to the focus in its field, cold, most', Math.max(...colds), 1, 'frames');

  const page = await pageOf(browser, ann);
  await page.addInitScript(watchAnswers);
  await openChat(page, url, newest[0]);
  const uncached = [];
  for (const chat of newest.slice(1, CACHED)) uncached.push(await page.evaluate(goTo, chat));
  row(
    'go to a chat, from the answer of the server, p95',
    percentile(
      uncached.map((one) => one.answered),
      0.95,
    ),
    200,
    'ms',
  );
  const cached = [];
  for (let i = 0; i < ROUNDS; i++) cached.push(await page.evaluate(goTo, newest[i % CACHED]));
  row(
    'go to a chat that is loaded, p95',
    percentile(
      cached.map((one) => one.whole),
      0.95,
    ),
    100,
    'ms',
  );
  row('... frames without its messages, most', Math.max(...cached.map((one) => one.hidden)), 0, 'frames');

  await page.evaluate(() => navigator.serviceWorker.ready);
  await measureStarts(page, 'warm start, no answer yet');
  await page.evaluate(keepAll, newest[0]);
  await measureStarts(page, 'the same with messages of every chat kept');
});
finish();

/* Starts, and beside each an empty page in the same browser: what that costs, the machine costs. */
async function measureStarts(page, name) {
  const [bare, list, chat] = [[], [], []];
  for (let i = 0; i < ROUNDS; i++) {
    bare.push(await bareStart(page));
    const times = await warmStart(page, `${url}/c/${newest[0]}`);
    list.push(times.list);
    chat.push(times.chat);
  }
  const empty = `an empty page: ${percentile(bare, 0.95).toFixed(1)} ms`;
  row(`${name}: to the list, p95 (${empty})`, percentile(list, 0.95), 400, 'ms');
  row('... to the messages of the last chat, p95', percentile(chat, 0.95), 600, 'ms');
}

/* In the page: gives every chat that is kept as many messages as are kept of the one that is open. */
async function keepAll(open) {
  const [{ name }] = (await indexedDB.databases()).filter(({ name }) => name.startsWith('molva-'));
  const done = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const db = await done(indexedDB.open(name));
  const store = db.transaction('conversations', 'readwrite').objectStore('conversations');
  const all = await done(store.getAll());
  const { entries } = all.find(({ view }) => view.id === open);
  const messages = entries.filter(({ kind }) => kind === 'message');
  for (const one of all) {
    const { id, rev, seq } = one.view;
    const [lo, loSeq] = [rev - messages.length + 1, seq - messages.length + 1];
    const copies = messages.map((entry, i) => ({
      ...entry,
      key: `${id} ${i}`,
      seq: loSeq + i,
      rev: lo + i,
      message: { ...entry.message, conversation_id: id, seq: loSeq + i, rev: lo + i },
    }));
    if (id !== open) store.put({ ...one, lo, loSeq, entries: copies });
  }
  await new Promise((resolve) => (store.transaction.oncomplete = resolve));
  db.close();
}

/* Until the first frame of an empty page is made and handed over, since the navigation began. */
async function bareStart(before) {
  const page = await before.context().newPage();
  await page.addInitScript(() => {
    window.benchStart = new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve(performance.now());
      requestAnimationFrame(() => port2.postMessage(null));
    });
  });
  await page.goto(`${url}/icon.svg`, { waitUntil: 'commit' });
  const time = await page.evaluate(() => window.benchStart);
  await page.close();
  return time;
}

/* In the page: how many frames after the key the focus is in the field of the switcher; 1 is the next one. */
function watchSwitcher() {
  window.benchFocus = new Promise((resolve) => {
    document.addEventListener(
      'keydown',
      function pressed(event) {
        if (event.key !== 'k') return;
        document.removeEventListener('keydown', pressed, true);
        let frames = 0;
        const frame = () => {
          frames += 1;
          if (document.activeElement?.getAttribute('role') === 'combobox') resolve(frames);
          else requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
      },
      true,
    );
  });
}

/* In the page: when the last page of messages came, before the client hears of it. */
function watchAnswers() {
  const { WebSocket } = window;
  window.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', ({ data }) => {
        if (/"messages":\[\{/.test(data)) window.benchAnswer = performance.now();
      });
    }
  };
}

/* In the page: goes to a chat, until its messages stand where they stay. `answered`: since they came from the server. */
function goTo(id) {
  return new Promise((resolve) => {
    const begin = performance.now();
    window.benchAnswer = begin;
    history.pushState(null, '', `/c/${id}`);
    window.dispatchEvent(new PopStateEvent('popstate'));
    let hidden = 0;
    /* After the frame is made and handed over: as it is now, it was drawn. */
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      const log = document.querySelector('[role="log"]');
      const shown = log?.dataset.chat === id && log.style.visibility === '' && log.querySelector('article');
      const now = performance.now();
      if (shown) return resolve({ whole: now - begin, answered: now - window.benchAnswer, hidden });
      hidden += 1;
      requestAnimationFrame(frame);
    };
    const frame = () => port2.postMessage(null);
    requestAnimationFrame(frame);
  });
}

/* Loads the page with a server that answers nothing but the files of the client. Times since the navigation began. */
async function warmStart(before, address) {
  // What is kept is written a moment after it came, and when the page goes.
  const page = await before.context().newPage();
  await page.routeWebSocket(/\/v1\/ws$/, () => undefined);
  await page.route(`${url}/v1/**`, () => undefined);
  await page.addInitScript(() => {
    const times = {};
    window.benchStart = new Promise((resolve) => {
      const frame = () => {
        if (document.querySelector('[role="grid"] [role="row"]')) times.list ??= performance.now();
        const log = document.querySelector('[role="log"]');
        if (log?.style.visibility === '' && log.querySelector('article')) times.chat ??= performance.now();
        if (times.list !== undefined && times.chat !== undefined) resolve(times);
        else requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    });
  });
  await page.goto(address, { waitUntil: 'commit' });
  const times = await page.evaluate(() => window.benchStart);
  await page.close();
  return times;
}
