/* Whether the macros are transformed: if not, everything builds and texts are broken. */
import { i18n as globalI18n, setupI18n } from '@lingui/core';
import { plural } from '@lingui/core/macro';
import { I18nProvider } from '@lingui/react';
import { Plural, Trans } from '@lingui/react/macro';
import { render } from '@testing-library/react';
import { expect, test } from 'vitest';

const i18n = setupI18n({ locale: 'ru', messages: { ru: {} } });

test.each([
  [1, '1 сообщение'],
  [2, '2 сообщения'],
  [5, '5 сообщений'],
  [21, '21 сообщение'],
])('%i takes its Russian plural', (count, want) => {
  const { container } = render(
    <I18nProvider i18n={i18n}>
      <Plural value={count} one="# сообщение" few="# сообщения" many="# сообщений" other="# сообщения" />
    </I18nProvider>,
  );
  expect(container.textContent).toBe(want);
});

test('texts with markup keep it', () => {
  const name = 'Анна';
  const { container } = render(
    <I18nProvider i18n={i18n}>
      <Trans>
        От <b>{name}</b>
      </Trans>
    </I18nProvider>,
  );
  expect(container.innerHTML).toBe('От <b>Анна</b>');
});

test('the function macro is transformed too', () => {
  globalI18n.loadAndActivate({ locale: 'ru', messages: {} });
  const count = 2;
  expect(plural(count, { one: '# чат', few: '# чата', many: '# чатов', other: '# чата' })).toBe('2 чата');
});
