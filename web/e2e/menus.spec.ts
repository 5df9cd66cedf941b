/* Menus, and the press that opens them. */
import type { CDPSession, Locator, Page } from '@playwright/test';
import { Screen } from './fixtures/screen';
import { expect, test } from './fixtures/test';

/* A finger that comes down in the middle of something and stays. */
class Finger {
  private constructor(
    private readonly cdp: CDPSession,
    readonly x: number,
    readonly y: number,
  ) {}

  static async on(page: Page, what: Locator): Promise<Finger> {
    const { x, y, width, height } = (await what.boundingBox())!;
    const finger = new Finger(await page.context().newCDPSession(page), x + width / 2, y + height / 2);
    const { x: left, y: top } = finger;
    await finger.cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: left, y: top }] });
    return finger;
  }

  async lift(): Promise<void> {
    await this.cdp.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  }
}

/* What lies under the finger, by its role and name. */
const under = (page: Page, { x, y }: Finger) =>
  page.evaluate(
    ([left, top]) => document.elementFromPoint(left!, top!)?.closest('[role="menuitem"]')?.textContent ?? null,
    [x, y],
  );

test('what a long press opens is not triggered when the finger is lifted @phone', async ({ people }) => {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const id = await bob.direct(ann);
  const rows = Array.from({ length: 12 }, (_, i) => `row ${i + 1}.`);
  for (const row of rows) await bob.say(id, row);
  const { page } = await people.browserOf(ann);
  const screen = new Screen(page);
  await page.goto(`/c/${id}`);
  await expect(screen.message('row 12.')).toBeInViewport();
  const menu = page.getByRole('menu', { name: 'Message actions' });
  for (const row of rows.slice(-5)) {
    const finger = await Finger.on(page, screen.message(row));
    await expect(menu).toBeVisible();
    expect(await under(page, finger), 'it stands beside the finger').toBeNull();
    await finger.lift();
    await page.evaluate(() => new Promise(requestAnimationFrame));
    await expect(menu, row).toBeVisible();
    await expect(page.getByText('copied')).toHaveCount(0);
    await page.keyboard.press('Escape');
    await expect(menu).toHaveCount(0);
  }

  const finger = await Finger.on(page, screen.message('row 12.'));
  await expect(menu).toBeVisible();
  await finger.lift();
  await menu.getByRole('menuitem', { name: 'Copy text' }).tap();
  await expect(page.getByText('Text copied')).toBeVisible();
  await expect(menu).toHaveCount(0);
});
