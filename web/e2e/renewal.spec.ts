/* Tokens of a few seconds, several tabs, and half of the answers lost: nobody is signed out by that.
 *
 * `./dev renewals` runs this for ten minutes with two and with five tabs; here it is over after a few renewals. */
import type { Page } from '@playwright/test';
import { type Answer, Front, type Way } from './fixtures/front';
import { Screen } from './fixtures/screen';
import { expect, test } from './fixtures/test';
import { CUT_LINE, REFUSED } from './fixtures/watch';

const TABS = (process.env['MOLVA_RENEWAL_TABS'] ?? '2').split(',').map(Number);
const SECONDS = Number(process.env['MOLVA_RENEWAL_SECONDS'] ?? 0);
/* Five tabs that renew all the time are much for a small machine. */
const BOUND_MS = 120_000;
/* Fewer prove nothing. */
const RENEWALS_MIN = 3;
const LOST_MIN = 3;
const STORY_MAX = 16;
/* Of the refreshes whose answer is lost, each third finds a page that is loaded again in that moment. */
const RELOAD_EVERY = 3;

// Ten minutes of pictures are no help.
if (SECONDS > 0) test.use({ trace: 'off' });

const ways: [Way, string, boolean][] = [
  ['localhost', 'localhost', true],
  ['name', 'a name over plain http', false],
  ['https', 'https', true],
];

/* What came of the refreshes. */
class Refreshes {
  asked = 0;
  lost = 0;
  refused = 0;
  reloads = 0;
  /* In the order in which the server gave them out; of what was asked last, when, with which of them, and what came of it. */
  private tokens: string[] = [];
  private last: string[] = [];

  get renewals(): number {
    return this.tokens.length;
  }

  get story(): string {
    return this.last.join('; ');
  }

  private note({ asked, at, status, lost }: Answer): void {
    const { refresh_token: token } = JSON.parse(asked) as { refresh_token: string };
    const time = new Date(at).toISOString().slice(14, 23);
    this.last.push(`${time} token ${this.tokens.indexOf(token) + 1} ${status}${lost ? ' lost' : ''}`);
    if (this.last.length > STORY_MAX) this.last.shift();
  }

  /** True when a page is to be loaded again. */
  take(answer: Answer): boolean {
    const { path, status, body, lost } = answer;
    if (path !== '/v1/auth/refresh' || this.refused > 0) return false;
    this.asked++;
    this.note(answer);
    if (status === 401) this.refused++;
    if (status !== 200) return false;
    const { refresh_token: token } = JSON.parse(body) as { refresh_token: string };
    if (!this.tokens.includes(token)) this.tokens.push(token);
    if (!lost) return false;
    return ++this.lost % RELOAD_EVERY === 0;
  }
}

for (const count of TABS) {
  for (const [way, label, hasLocks] of ways) {
    test(`${count} tabs stay signed in on ${label} while half of the answers are lost @desktop`, async ({
      ownServer,
      watch,
    }) => {
      test.setTimeout(3 * BOUND_MS + SECONDS * 1000);
      // What a browser says of a certificate of one's own, and of plain http.
      watch.allow(
        CUT_LINE,
        REFUSED(401),
        /SSL certificate error|fetching the script/,
        /Cross-Origin-Opener-Policy header has been ignored/,
      );
      const { server, people } = await ownServer({ MOLVA_ACCESS_TOKEN_SECONDS: '6' });
      const front = await Front.before(server.url, way);
      const refreshes = new Refreshes();
      const pages: Page[] = [];
      try {
        const ann = await people.account('Ann');
        const bob = await people.account('Bob');
        const id = await bob.direct(ann);
        const { context, page } = await people.browserOf(ann, { baseURL: front.url, ignoreHTTPSErrors: true });
        pages.push(page);
        while (pages.length < count) pages.push(await context.newPage());
        for (const tab of pages) await tab.goto(`/c/${id}`);
        for (const tab of pages) await expect(new Screen(tab).composer).toBeVisible({ timeout: BOUND_MS });
        expect(await page.evaluate(() => 'locks' in navigator)).toBe(hasLocks);

        front.onAnswer = (answer) => {
          if (!refreshes.take(answer)) return;
          // The answer of a reload that another one cuts short never comes.
          const tab = pages[refreshes.reloads++ % pages.length];
          tab?.reload({ waitUntil: 'commit' }).catch(() => undefined);
        };
        front.lose(0.5);
        const until = Date.now() + SECONDS * 1000;
        const done = () =>
          refreshes.refused > 0 ||
          (refreshes.renewals >= RENEWALS_MIN && refreshes.lost >= LOST_MIN && Date.now() >= until);
        await expect.poll(done, { timeout: BOUND_MS + SECONDS * 1000, intervals: [250] }).toBe(true);
        front.lose(0);

        const { asked, lost, refused, reloads, renewals } = refreshes;
        const told = `${asked} refreshes asked, ${lost} answers lost, ${reloads} reloads, ${renewals} renewals, ${refused} refused`;
        test.info().annotations.push({ type: 'refreshes', description: told });
        if (SECONDS > 0) console.log(`${count} tabs, ${label}, ${SECONDS} s: ${told}`);
        expect(refused, `${told}: ${refreshes.story}`).toBe(0);
        await expectSignedIn(pages);
      } finally {
        await people.leave(); // before the line goes that its pages still ask over
        await front.close();
      }
    });
  }
}

/* Each tab writes, and all others see it. */
async function expectSignedIn(pages: readonly Page[]): Promise<void> {
  const screens = pages.map((page) => new Screen(page));
  for (const [at, screen] of screens.entries()) {
    await expect(screen.composer).toBeVisible({ timeout: BOUND_MS });
    await screen.send(`still here ${at}`);
  }
  for (const screen of screens)
    for (const at of screens.keys())
      await expect(screen.message(`still here ${at}`)).toHaveCount(1, { timeout: BOUND_MS });
}
