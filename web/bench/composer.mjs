/* From a key press in the composer to the paint, and from Enter to the row of one's own message.
 *
 *   node bench/composer.mjs --url http://127.0.0.1:8080 */
import { finish, openChat, pageOf, percentile, row, serverUrl, withBrowser } from './browser.mjs';
import { Account, seed } from './people.mjs';

const KEYS = 200;
/* A fast writer: 12 keys a second. Faster than a frame, keys would wait for the frames of those before them. */
const BETWEEN_MS = 70;
const SENDS = 20;

const url = serverUrl();
const ann = await Account.make(url, 'Ann');
const bob = await Account.make(url, 'Bob');
const group = await ann.group('Typing', bob);
await seed(group, [ann, bob], 300);

await withBrowser(async (browser) => {
  const page = await pageOf(browser, ann);
  await openChat(page, url, group);
  const bare = await bareField(browser, url);
  const floor = await typing(bare);
  await bare.close();

  const keys = await typing(page);
  row(
    `key press in the composer to paint, p95 (a bare field: ${percentile(floor.waits, 0.95).toFixed(1)} ms)`,
    percentile(keys.waits, 0.95),
    32,
    'ms',
  );
  row(`... main thread at work for it, mean (a bare field: ${floor.work.toFixed(1)} ms)`, keys.work, 8, 'ms');

  const sends = [];
  for (let i = 0; i < SENDS; i++) {
    await page.keyboard.type(`message ${i}`);
    await page.evaluate(watchSend, `message ${i}`);
    await page.keyboard.press('Enter');
    sends.push(await page.evaluate(() => window.benchSend));
  }
  row('Enter to the row of the message, p95', percentile(sends, 0.95), 25, 'ms');
});
finish();

/* What any page costs here: a field with nothing around it, in the same browser, at the same time. */
async function bareField(browser, origin) {
  const bare = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  await bare.goto(`${origin}/healthz`);
  await bare.setContent('<!doctype html><textarea id="composer"></textarea>');
  return bare;
}

/* Presses keys in the field of a page. Answers how long each took to its paint, and how long the main thread worked for one. */
async function typing(page) {
  await page.locator('#composer').focus();
  await page.waitForTimeout(500);
  await page.evaluate(watchKeys);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' }); // not the time others have the processor
  const busy = async () => {
    const { metrics } = await cdp.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration').value * 1000;
  };
  const before = await busy();
  for (let i = 0; i < KEYS; i++) {
    await page.keyboard.press(i % 8 === 7 ? 'Space' : 'KeyA', { delay: 10 });
    /* At another moment of the frame each time. */
    await page.waitForTimeout(BETWEEN_MS + ((i * 7) % 17));
  }
  const work = ((await busy()) - before) / KEYS;
  await cdp.detach();
  return { waits: await page.evaluate(() => window.benchKeys), work };
}

/* In the page: from the event's own time until the frame that shows the letter is made and handed over. Not Event Timing:
 * without a graphics card Chromium reports a presentation for those entries only when it swaps buffers, which it
 * skips for many of a letter's frames: entries of seconds come out while the letters are on the screen. */
function watchKeys() {
  window.benchKeys = [];
  document.getElementById('composer').addEventListener('input', (event) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => window.benchKeys.push(performance.now() - event.timeStamp);
      port2.postMessage(null);
    });
  });
}

function watchSend(text) {
  window.benchSend = new Promise((resolve) => {
    const seen = () =>
      [...document.querySelectorAll('[role="log"] article')].some((row) => row.innerText.includes(text));
    document.getElementById('composer').addEventListener(
      'keydown',
      (event) => {
        const frame = () => {
          if (seen()) resolve(performance.now() - event.timeStamp);
          else requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
      },
      { once: true, capture: true },
    );
  });
}
