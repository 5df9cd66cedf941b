/* The Russian sentences about what happened: no name is bent, nobody's sex is guessed. */
import { setupI18n } from '@lingui/core';
import { expect, test } from 'vitest';
import type { SystemEvent } from '@/realtime';
import { messages as ru } from '@/locales/ru.po';
import { systemText } from '@/features/timeline/systemText';

const i18n = setupI18n({ locale: 'ru', messages: { ru } });
const names = { actor: 'Анна', user: 'Борис' };
const say = (event: SystemEvent, selfId = 'nobody', count = 1) => i18n._(systemText(event, names, selfId, count));
const member = (name: 'member.added' | 'member.removed' | 'member.updated', actorId: string, role = 'member') =>
  ({ name, userId: 'boris', actorId, role }) as SystemEvent;
const group = (name: 'conversation.created' | 'conversation.updated') =>
  ({ name, title: 'Поездка', description: '', actorId: 'anna' }) as SystemEvent;

test.each([
  [say(group('conversation.created')), 'Анна создаёт группу «Поездка»'],
  [say(group('conversation.created'), 'anna'), 'Вы создали группу «Поездка»'],
  [say(group('conversation.updated')), 'Анна обновляет группу: «Поездка»'],
  [say(member('member.added', 'anna')), 'Анна добавляет в группу: Борис'],
  [say(member('member.added', 'anna'), 'anna'), 'Вы добавили: Борис'],
  [say(member('member.added', 'anna'), 'boris', 3), 'Анна добавляет в группу: Борис'],
  [say(member('member.added', 'boris'), 'nobody', 3), 'Теперь в группе: Борис'],
  [say(member('member.removed', 'boris'), 'nobody', 3), 'Группу покидают: Борис'],
  [say(member('member.added', 'anna'), 'boris'), 'Анна добавляет вас в группу'],
  [say(member('member.added', 'boris')), 'Борис теперь в группе'],
  [say(member('member.removed', 'boris')), 'Борис покидает группу'],
  [say(member('member.removed', 'boris'), 'boris'), 'Вы покинули группу'],
  [say(member('member.removed', 'anna')), 'Анна исключает из группы: Борис'],
  [say(member('member.updated', 'anna', 'admin')), 'Новый администратор: Борис'],
  [say(member('member.updated', 'anna', 'owner')), 'Новый владелец группы: Борис'],
  [say(member('member.updated', 'anna'), 'boris'), 'Вы больше не администратор'],
])('%s', (said, want) => {
  expect(said).toBe(want);
});
