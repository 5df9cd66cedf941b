/* Scrolling over 10,000 messages, and how far the reader's line moves when the list changes around it.
 *
 *   node bench/timeline.mjs --url http://127.0.0.1:8080 */
import { finish, openChat, pageOf, percentile, row, serverUrl, withBrowser } from './browser.mjs';
import { Account, seed } from './people.mjs';

const MESSAGES = Number(process.env.BENCH_MESSAGES ?? 10_000);
const SPEED = 6000; // pixels a second: a fast flick, again and again
const SCREENS = 1200;

const url = serverUrl();
const ann = await Account.make(url, 'Ann');
const bob = await Account.make(url, 'Bob');
const group = await ann.group('Ten thousand', bob);
await seed(group, [ann, bob], MESSAGES);

await withBrowser(async (browser) => {
  const page = await pageOf(browser, ann);
  await openChat(page, url, group);

  await page.evaluate(watchFrames);
  const cdp = await page.context().newCDPSession(page);
  const reached = () => page.locator('[role="log"] article[data-seq="2"]').count();
  for (let i = 0; i < SCREENS && (await reached()) === 0; i++) {
    await cdp.send('Input.synthesizeScrollGesture', {
      x: 800,
      y: 400,
      yDistance: 6000,
      speed: SPEED,
      gestureSourceType: 'mouse',
      preventFling: true,
    });
  }
  if ((await reached()) === 0) throw new Error('the beginning was not reached');
  const frames = await page.evaluate(() => window.benchFrames);
  const times = frames.map(({ ms }) => ms);
  row(`scroll over ${MESSAGES} messages, p95 frame`, percentile(times, 0.95), 34, 'ms');
  row('... frames over 50 ms', (100 * times.filter((ms) => ms > 50).length) / times.length, 1, '%');
  row(
    '... frames with a row that went back',
    (100 * frames.filter(({ back }) => back > 1).length) / frames.length,
    1,
    '%',
  );
  row('DOM nodes with the chat open', await page.evaluate(() => document.querySelectorAll('*').length), 1500, 'nodes');

  /* In the middle of the history, at rest. */
  const answers = await dam(page);
  await openChat(page, url, group, `?m=${MESSAGES / 2}`);
  await page.waitForTimeout(500);
  const stays = (act) =>
    page
      .evaluate(watchLine)
      .then(act)
      .then(() => page.evaluate(() => window.benchLine()));
  const held = answers.hold();
  const height = await page.evaluate(nearTheTop);
  await held;
  row(
    'an older page arrives: the line moves',
    await stays(async () => {
      answers.release();
      await page.waitForFunction((was) => document.querySelector('[role="log"]').scrollHeight > was + 500, height);
    }),
    0,
    'px',
  );
  row(
    'ten messages arrive: the line moves',
    await stays(async () => {
      for (let i = 0; i < 10; i++) await bob.say(group, `incoming ${i}`);
      await page.waitForTimeout(500);
    }),
    0,
    'px',
  );
});
finish();

/* Holds back what the server says to the page from hold(), which resolves when a page of messages is among it, to release():
 * so that the line is watched before they come. */
async function dam(page) {
  let held = null;
  let onPage = null;
  await page.routeWebSocket(/\/v1\/ws$/, (client) => {
    client.connectToServer().onMessage((message) => {
      if (!held) return client.send(message);
      held.push(() => client.send(message));
      if (/"messages":\[\{/.test(String(message))) onPage();
    });
  });
  return {
    hold: () =>
      new Promise((resolve) => {
        held = [];
        onPage = resolve;
      }),
    release: () => {
      const passes = held;
      held = null;
      for (const pass of passes) pass();
    },
  };
}

/* In the page: the time of each frame, and whether a row in view went the wrong way in it. Places are taken right after
 * the paint: between a scroll and its paint rows may be put right without anybody seeing it. */
function watchFrames() {
  const log = document.querySelector('[role="log"]');
  const view = log.getBoundingClientRect();
  const painted = new MessageChannel();
  window.benchFrames = [];
  let before = new Map();
  let last = performance.now();
  let ms = 0;
  painted.port1.onmessage = () => {
    const tops = new Map();
    let back = 0;
    for (const row of log.querySelectorAll('article')) {
      const { top, bottom } = row.getBoundingClientRect();
      /* What is out of sight may take its measured size. */
      if (bottom < view.top || top > view.bottom) continue;
      tops.set(row.dataset.key, top);
      const was = before.get(row.dataset.key);
      if (was !== undefined) back = Math.max(back, was - top);
    }
    window.benchFrames.push({ ms, back });
    before = tops;
  };
  const frame = (now) => {
    ms = now - last;
    last = now;
    painted.port2.postMessage(null);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

/* In the page: to where an older page is asked for; answers how high everything is before it comes. */
async function nearTheTop() {
  const log = document.querySelector('[role="log"]');
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  log.scrollTop = 700;
  await frame();
  await frame();
  return log.scrollHeight;
}

/* In the page: how far the row at a third of the view is from where it was, in the worst frame. */
function watchLine() {
  const log = document.querySelector('[role="log"]');
  const middle = log.getBoundingClientRect().top + log.clientHeight / 3;
  const row = [...log.querySelectorAll('article')].find((article) => article.getBoundingClientRect().bottom > middle);
  const { key } = row.dataset;
  const { top } = row.getBoundingClientRect();
  let worst = 0;
  let on = true;
  const frame = () => {
    const now = log.querySelector(`article[data-key="${CSS.escape(key)}"]`);
    worst = now ? Math.max(worst, Math.abs(now.getBoundingClientRect().top - top)) : Infinity;
    if (on) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  window.benchLine = () => {
    on = false;
    return Math.round(worst);
  };
}
