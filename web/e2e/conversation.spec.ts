/* Issue: two browsers find each other, talk, make a group; what one does the other sees. */
import { violations } from './fixtures/checks';
import { Screen } from './fixtures/screen';
import { expect, test } from './fixtures/test';
import { PASSWORD } from './fixtures/people';

test('the owner link makes the owner; the next one signs up; they find each other and talk', async ({ ownServer }) => {
  const { server, people } = await ownServer();
  const ann = await people.stranger();
  await ann.page.goto(await server.ownerLink());
  await expect(ann.page.getByRole('heading', { name: 'This is your server' })).toBeVisible();
  expect(ann.page.url(), 'the code has left the address').not.toContain('owner');
  const annName = people.username();
  await ann.page.getByRole('textbox', { name: 'User name' }).fill(annName);
  await ann.page.getByRole('textbox', { name: 'Your name' }).fill('Ann');
  await ann.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await ann.page.getByRole('button', { name: 'Become the owner' }).click();
  await expect(ann.page.getByRole('heading', { level: 1, name: 'Chats' })).toBeVisible();

  const bob = await people.stranger();
  await bob.page.goto('/');
  await bob.page.getByRole('button', { name: 'Create an account' }).click();
  const bobName = people.username();
  await bob.page.getByRole('textbox', { name: 'User name' }).fill(bobName);
  await bob.page.getByRole('textbox', { name: 'Your name' }).fill('Bob');
  await bob.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await bob.page.getByRole('button', { name: 'Create the account' }).click();
  await expect(bob.page.getByRole('heading', { level: 1, name: 'Chats' })).toBeVisible();

  const a = new Screen(ann.page);
  const b = new Screen(bob.page);
  await a.writeTo(bobName, 'Bob');
  await a.send('Hello, Bob');
  await b.open(/Ann/);
  await b.shows('Hello, Bob');
  await b.send('Hello, Ann');
  await a.shows('Hello, Bob', 'Hello, Ann');
});

test('typing, presence and read ticks reach the other side', async ({ people }) => {
  const ann = await people.join('Ann');
  const bob = await people.join('Bob');
  const id = await ann.account.direct(bob.account);
  const a = new Screen(ann.page);
  const b = new Screen(bob.page);

  await a.open(/Bob/);
  await a.send('Hello');
  await expect(b.chat(/Ann/)).toContainText('unread: 1');
  await expect(a.state('Hello', 'sent')).toBeVisible();
  await expect(a.header.getByText('online'), 'who has not answered is not seen').toBeHidden();
  await bob.account.say(id, 'Hello, Ann');
  await expect(a.header.getByText('online')).toBeVisible();
  await expect(a.state('Hello', 'read')).toBeVisible();
  await a.send('Are you there?');
  await expect(a.state('Are you there?', 'delivered')).toBeVisible();
  await expect(b.chat(/Ann/)).toContainText('unread: 1');
  await expect(bob.page).toHaveTitle(/^\(1\)/);

  await b.open(/Ann/);
  await expect(b.header.getByText('online')).toBeVisible();
  await expect(a.state('Are you there?', 'read')).toBeVisible();
  await expect(bob.page).not.toHaveTitle(/^\(1\)/);
  await b.backToChats();
  await expect(b.chat(/Ann/)).not.toContainText('unread');

  await b.open(/Ann/);
  await b.composer.pressSequentially('I am');
  await expect(a.header.getByText('typing')).toBeVisible();
  await b.page.getByRole('button', { name: 'Send', exact: true }).click();
  await a.shows('Are you there?', 'I am');
  await expect(a.header.getByText('typing')).toBeHidden();

  await bob.context.close();
  await expect(a.header.getByText('online')).toBeHidden({ timeout: 40_000 });
  expect((await ann.account.texts(id)).toSorted()).toEqual(['Are you there?', 'Hello', 'Hello, Ann', 'I am']);
});

test('sent, delivered, read: a device of the other one has it, and then they have seen it', async ({ people }) => {
  const ann = await people.join('Ann');
  const bob = await people.account('Bob');
  const eve = await people.account('Eve');
  await bob.say(await ann.account.direct(bob), 'hello'); // who has answered is seen
  await eve.say(await eve.direct(bob), 'another chat');
  const a = new Screen(ann.page);
  await a.open(/Bob/);
  for (const text of ['one', 'two', 'three']) await a.send(text);
  // Nobody is there: this is how it stays.
  await expect(a.state('three', 'sent')).toBeVisible();
  await expect(a.state('three', 'sent')).toHaveText('Sent');

  const { page } = await people.browserOf(bob);
  const b = new Screen(page);
  await page.goto('/');
  await b.open(/Eve/);
  await expect(a.state('one', 'delivered')).toBeVisible();
  await expect(a.state('three', 'delivered')).toHaveText('Delivered');
  await b.backToChats();
  await expect(b.chat(/Ann/)).toContainText('unread: 3');
  await a.send('four');
  await expect(a.state('four', 'delivered')).toBeVisible();

  await b.open(/Ann/);
  await expect(a.state('four', 'read')).toBeVisible();
  await expect(a.state('one', 'read')).toHaveText('Read');
  await ann.page.reload();
  await expect(a.state('four', 'read')).toBeVisible();
});

test('in a group it is sent until somebody reads it', async ({ people }) => {
  const ann = await people.join('Ann');
  const bob = await people.join('Bob');
  await ann.account.group('Plans', bob.account);
  const a = new Screen(ann.page);
  const b = new Screen(bob.page);
  await a.open(/Plans/);
  await a.send('Who is in?');
  await expect(b.chat(/Plans/)).toContainText('unread: 1');
  // What is told of direct chats later has been told by now.
  const direct = await ann.account.direct(bob.account);
  await bob.account.say(direct, 'hello');
  await ann.account.say(direct, 'and you?');
  await a.backToChats();
  await a.open(/Bob/);
  await expect(a.state('and you?', 'delivered')).toBeVisible();
  await a.backToChats();
  await a.open(/Plans/);
  await expect(a.state('Who is in?', 'sent')).toBeVisible();
  await b.open(/Plans/);
  await expect(a.state('Who is in?', 'read')).toHaveText('Read by 1 person');
});

test('who is added later finds what was said, and none of it new', async ({ people }) => {
  const ann = await people.join('Ann');
  const bob = await people.account('Bob');
  const eve = await people.account('Eve');
  const id = await ann.account.group('Plans', bob);
  for (let n = 1; n <= 60; n++) await ann.account.say(id, `message ${n}`);
  await ann.account.add(id, eve);

  const { page } = await people.browserOf(eve);
  const e = new Screen(page);
  await page.goto('/');
  await expect(e.chat(/Plans/)).not.toContainText('unread');
  await e.open(/Plans/);
  await expect(e.message('message 60')).toBeInViewport();
  const a = new Screen(ann.page);
  await a.open(/Plans/);
  await a.send('message 61');
  await expect(e.message('message 61')).toBeInViewport();
  await expect(a.state('message 61', 'read'), 'what came after her').toHaveText('Read by 1 person');
  await expect(a.state('message 60', 'sent'), 'what was before her').toBeVisible();
});

test('who has left a group is not put back into it by a stranger, who is told whom', async ({ people }) => {
  const ann = await people.join('Ann');
  const bob = await people.join('Bob');
  const a = new Screen(ann.page);
  const id = await ann.account.group('Sailing', bob.account);
  await bob.account.call('DELETE', `/v1/conversations/${id}/members/${bob.account.id}`);

  await a.open(/Sailing/);
  await a.details();
  await a.tryToAddMember(bob.account.username, 'Bob');
  await expect(ann.page.getByText(/Could not be added: .*Bob/)).toBeVisible();
});

test('a group: made, grown, and who is removed loses it at once', async ({ people }) => {
  const ann = await people.join('Ann');
  const bob = await people.join('Bob');
  const eve = await people.join('Eve');
  const [a, b, e] = [ann, bob, eve].map(({ page }) => new Screen(page)) as [Screen, Screen, Screen];

  await a.makeGroup('Sailing', [{ username: bob.account.username, name: 'Bob' }]);
  await a.send('Wind on Sunday');
  await b.open(/Sailing/);
  await b.shows('Wind on Sunday');

  await a.details();
  await a.addMember(eve.account.username, 'Eve');
  await a.closeDetails();
  await e.open(/Sailing/);
  await e.send('Thanks for having me');
  await e.composer.fill('I was about to say');
  await a.shows('Wind on Sunday', 'Thanks for having me');
  await b.shows('Wind on Sunday', 'Thanks for having me');

  await a.details();
  await a.removeMember('Eve');
  await a.closeDetails();
  await expect(
    eve.page.getByRole('heading', { level: 1, name: 'Ann removed you from the group “Sailing”' }),
  ).toBeVisible();
  await expect(e.composer).toBeHidden();
  await expect(eve.page.getByText('I was about to say')).toBeVisible();
  await eve.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await eve.page.getByRole('button', { name: 'Copy text' }).click();
  await expect.poll(() => eve.page.evaluate(() => navigator.clipboard.readText())).toBe('I was about to say');
  expect(await violations(eve.page)).toEqual([]);
  await a.send('Only for two');
  await b.shows('Only for two');
  await eve.page.goto('/');
  await expect(eve.page.getByRole('heading', { name: 'Chats' })).toBeVisible();
  await expect(e.chat(/Sailing/)).toBeHidden();
  await expect(eve.page.getByText('Only for two')).toBeHidden();
});

test('whoever writes to a closed account is told, and what it owned is handed on', async ({ ownServer }, info) => {
  const { server, people } = await ownServer();
  const owner = await people.account('Olga', { invite_code: await server.ownerCode() });
  const ann = await people.join('Ann');
  const bob = await people.account('Bob');
  const direct = await ann.account.direct(bob);
  await bob.say(direct, 'Hello');
  await bob.group('Sailing', ann.account);
  const a = new Screen(ann.page);
  await a.open(/Bob/);
  await a.shows('Hello');
  await a.composer.fill('Are you there?');

  await owner.call('PATCH', `/v1/accounts/${bob.id}`, { disabled: true });
  await ann.page.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(a.log.getByText('This account is closed: nobody would read it.')).toBeVisible();
  await expect(ann.page.getByText('Nobody reads what is written here.')).toBeVisible();
  await expect(a.header.getByText('account closed')).toBeVisible();
  await expect(a.composer).toBeHidden();
  await ann.page.screenshot({ path: `../build/web/screenshots/${info.project.name}-light-closed-account.png` });

  await owner.call('PATCH', `/v1/accounts/${bob.id}`, { disabled: false });
  await a.backToChats();
  await a.open(/Sailing/);
  await expect(a.log.getByText('You own the group now')).toBeVisible();
  await a.backToChats();
  await a.open(/Bob/);
  await expect(a.composer).toBeVisible();
  await a.log.getByRole('button', { name: 'Retry' }).click();
  await expect(a.state('Are you there?', 'sent').or(a.state('Are you there?', 'read'))).toBeVisible();
  await expect(a.header.getByText('account closed')).toBeHidden();
});

test('badges count the chats that have something new, and opening one takes it away', async ({ people }) => {
  const ann = await people.account('Ann');
  const bob = await people.account('Bob');
  const eve = await people.account('Eve');
  const [fromBob, fromEve] = [await bob.direct(ann), await eve.direct(ann)];
  for (let i = 1; i <= 3; i++) await bob.say(fromBob, `number ${i}`);
  await eve.say(fromEve, 'one only');
  const { page } = await people.browserOf(ann);
  const screen = new Screen(page);
  await page.goto('/');
  await expect(screen.chat(/Bob/)).toContainText('unread: 3');
  await expect(screen.chat(/Eve/)).toContainText('unread: 1');
  await expect(page).toHaveTitle(/^\(2\)/);
  await screen.open(/Bob/);
  await screen.shows('number 1', 'number 2', 'number 3');
  await expect(page).toHaveTitle(/^\(1\)/);
});
