/* Two people of one name: wherever somebody is shown, the user name tells which of them it is. */
import type { Page } from '@playwright/test';
import { checkView } from './fixtures/checks';
import type { Account } from './fixtures/people';
import { expect, test } from './fixtures/test';
import { PICTURES } from './fixtures/views';

const words = {
  en: {
    chats: 'Chats',
    messages: 'Messages',
    members: 'Members',
    details: 'About the group',
    find: 'Find a chat or a person',
    add: 'Add people',
    search: 'Find people for the group',
    there: 'already in the group',
  },
  ru: {
    chats: 'Чаты',
    messages: 'Сообщения',
    members: 'Участники',
    details: 'О группе',
    find: 'Найти чат или человека',
    add: 'Добавить людей',
    search: 'Найти людей для группы',
    there: 'уже в группе',
  },
};

interface Cast {
  me: Account;
  first: Account;
  second: Account;
}

async function rows(page: Page, language: 'en' | 'ru', { first, second }: Cast): Promise<void> {
  const chats = page.getByRole('grid', { name: words[language].chats });
  for (const { name, username } of [first, second])
    await expect(chats.getByRole('row', { name: `${name} (@${username})` })).toContainText(`@${username}`);
}

for (const language of ['en', 'ru'] as const) {
  test(`two people of one name are told apart, ${language}`, async ({ people }, info) => {
    const say = words[language];
    const name = language === 'ru' ? 'Анна Кузнецова' : 'Anna Smith';
    const cast: Cast = {
      me: await people.account('Me'),
      first: await people.account(name),
      second: await people.account(name.toUpperCase()),
    };
    const { me, first, second } = cast;
    const third = await people.account(name);
    const [one, two] = [await first.direct(me), await second.direct(me)];
    const group = await me.group(language === 'ru' ? 'Запуск' : 'Launch', first, second);
    await first.say(one, 'One');
    await second.say(two, 'Two');
    await first.say(group, 'Three');
    await second.say(group, 'Four');

    const locale = language === 'ru' ? 'ru-RU' : 'en-GB';
    const { page } = await people.browserOf(me, { locale, reducedMotion: 'reduce' });
    const picture = async (view: string) => {
      await checkView(page, `namesakes-${view}`);
      await page.screenshot({ path: `${PICTURES}/${info.project.name}-${language}-namesakes-${view}.png` });
    };
    await page.goto('/');
    await rows(page, language, cast);
    await expect(page.getByText(`${second.name} (@${second.username}):`)).toBeVisible(); // the line under the group
    await picture('list');

    await page.goto(`/c/${two}`);
    const header = page.locator('header', { has: page.locator('#chat-title') });
    await expect(header.getByText(`@${second.username}`)).toBeVisible();
    await expect(page).toHaveTitle(`(2) ${second.name} (@${second.username}) · Molva`);
    await picture('header');

    await page.goto(`/c/${group}`);
    const log = page.getByRole('log', { name: say.messages });
    for (const { username } of [first, second])
      await expect(log.getByText(`@${username}`, { exact: true })).toBeVisible();
    await picture('authors');

    await page.getByRole('button', { name: say.details }).click();
    const members = page.getByRole('list', { name: say.members });
    for (const { username } of [first, second]) await expect(members.getByText(`@${username}`)).toBeVisible();
    await picture('members');

    /* Those who are there, and one to add. */
    await page.getByRole('button', { name: say.add }).click();
    await page.getByRole('combobox', { name: say.search }).fill(name);
    const options = page.getByRole('dialog').getByRole('option');
    await expect(options.filter({ hasText: `@${second.username}, ${say.there}` })).toBeVisible();
    await options.filter({ hasText: `@${third.username}` }).click();
    await picture('pick');
    await page.keyboard.press('Escape');

    await page.goto('/');
    await page.getByRole('button', { name: say.find }).click();
    await page.keyboard.type(name);
    for (const { username } of [first, second, third])
      await expect(page.getByRole('option').filter({ hasText: `@${username}` })).toBeVisible();
    await picture('switcher');
  });
}
