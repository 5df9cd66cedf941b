/* From a key press in the composer to the paint, and from Enter to the row of one's own message.
 *
 *   node bench/composer.mjs --url http://127.0.0.1:8080 */
import { finish, openChat, pageOf, percentile, row, serverUrl, withBrowser } from './browser.mjs';
import { Account, seed } from './people.mjs';

const KEYS = 200;
const SENDS = 20;

const url = serverUrl();
const ann = await Account.make(url, 'Ann');
const bob = await Account.make(url, 'Bob');
const group = await ann.group('Typing', bob);
await seed(group, [ann, bob], 300);

await withBrowser(async (browser) => {
  const page = await pageOf(browser, ann);
  await openChat(page, url, group);
  await page.locator('#composer').focus();
  await page.waitForTimeout(500);

  await page.evaluate(watchKeys);
  for (let i = 0; i < KEYS; i++) await page.keyboard.press(i % 8 === 7 ? 'Space' : 'KeyA', { delay: 10 });
  const keys = await page.evaluate(() => window.benchKeys);

  row('key press in the composer to paint, p95', percentile(keys, 0.95), 32, 'ms');

  const sends = [];
  for (let i = 0; i < SENDS; i++) {
    await page.keyboard.type(`message ${i}`);
    await page.evaluate(watchSend, `message ${i}`);
    await page.keyboard.press('Enter');
    sends.push(await page.evaluate(() => window.benchSend));
  }
  row('send to the row of the message, p95', percentile(sends, 0.95), 50, 'ms');
});
finish();

/* In the page: from the event's own time to the frame after the one that painted it. */
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
