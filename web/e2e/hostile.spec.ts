/* Texts made to break the page: shown as what they are. */
import { hostileTexts } from './fixtures/hostile';
import { Screen } from './fixtures/screen';
import { expect, test } from './fixtures/test';

test('hostile texts stay in their rows, run nothing, fetch nothing and link to nothing odd', async ({ people }) => {
  test.setTimeout(120_000);
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const id = await bob.direct(ann);
  expect(hostileTexts.length).toBeGreaterThanOrEqual(30);
  const { page } = await people.browserOf(ann);
  const screen = new Screen(page);
  await page.goto(`/c/${id}`);
  await expect(screen.composer).toBeVisible();

  for (const [i, { label, text }] of hostileTexts.entries()) {
    await bob.say(id, text);
    await bob.say(id, `after number ${i}.`);
    await expect(screen.message(`after number ${i}.`), label).toBeVisible();
    const found = await page.evaluate(() => {
      const log = document.querySelector('[role="log"]')!;
      const links = [...log.querySelectorAll('a')];
      return {
        hacked: 'hacked' in window,
        strange: [...log.querySelectorAll('script, img, iframe, object, embed, style, form, input, base, meta')].map(
          (node) => node.outerHTML.slice(0, 100),
        ),
        handlers: [...log.querySelectorAll('*')].flatMap((node) =>
          [...node.attributes].filter(({ name }) => name.startsWith('on')).map(({ name }) => name),
        ),
        schemes: [...new Set(links.map(({ protocol }) => protocol))].filter(
          (scheme) => !['http:', 'https:', 'mailto:'].includes(scheme),
        ),
        bareLinks: links.filter(({ rel }) => !/noopener/.test(rel) || !/noreferrer/.test(rel)).map(({ href }) => href),
        wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
        wideLog: log.scrollWidth > log.clientWidth,
      };
    });
    expect(found, label).toEqual({
      hacked: false,
      strange: [],
      handlers: [],
      schemes: [],
      bareLinks: [],
      wide: false,
      wideLog: false,
    });
  }
  await screen.send('still alive');
  await expect(screen.message('still alive')).toBeVisible();
});

test('what one types oneself is shown as harmlessly, names and titles too', async ({ people }) => {
  const ann = await people.account('<img src=x onerror="window.hacked=1">');
  const bob = await people.account('<b>Bob</b> &amp; {name} שלום');
  const group = await ann.group('</title><script>window.hacked=1</script>', bob);
  const { page } = await people.browserOf(ann);
  const screen = new Screen(page);
  await page.goto(`/c/${group}`);
  await screen.send('<script>window.hacked = 1</script>');
  await screen.shows('<script>window.hacked = 1</script>');
  await page.goto(`/c/${group}/info`);
  await expect(page.getByRole('complementary').getByText('<b>Bob</b>')).toBeVisible();
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
});
