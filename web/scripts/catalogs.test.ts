// @vitest-environment node
/* The catalogs are complete: every text that the code asks for is there and translated, and plurals have the forms of their
 * language. `npm run texts` adds new texts to them. */
import { getCatalogs } from '@lingui/cli/api';
import { getConfig } from '@lingui/conf';
import { setupI18n } from '@lingui/core';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { messages as russian } from '../src/locales/ru.po';

const cwd = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Text by id, as the code says it and as the two catalogs do. */
let wanted: string[] = [];
let texts: Record<'en' | 'ru', Record<string, string>>;

beforeAll(async () => {
  const [catalog] = await getCatalogs(getConfig({ cwd, skipValidation: true }));
  if (!catalog) throw new Error('there is no catalog');
  wanted = Object.keys((await catalog.collect()) ?? {});
  const read = async (locale: string) =>
    Object.fromEntries(
      Object.values((await catalog.read(locale)) ?? {}).map(({ message, translation }) => [
        message ?? '',
        translation ?? '',
      ]),
    );
  texts = { en: await read('en'), ru: await read('ru') };
}, 60_000);

test('the code has texts, and they are found', () => {
  expect(wanted.length).toBeGreaterThan(200);
});

describe.each(['en', 'ru'] as const)('in %s', (locale) => {
  test('no text is missing and none is left over', () => {
    expect(Object.keys(texts[locale]).length).toBe(wanted.length);
  });

  test('every text is translated', () => {
    expect(Object.entries(texts[locale]).filter(([, translation]) => translation === '')).toEqual([]);
  });

  test('names of values are the same on both sides', () => {
    const names = (text: string) =>
      [...new Set([...text.matchAll(/\{(\w+)[,}]|<(\/?\d+\/?)>/g)].map((hit) => hit[0].replace(/[,}]$/, '')))].sort();
    const different = Object.entries(texts[locale]).filter(
      ([text, translation]) => names(text).join() !== names(translation).join(),
    );
    expect(different).toEqual([]);
  });

  test('plurals have all forms, each with its number', () => {
    const forms = new Intl.PluralRules(locale).resolvedOptions().pluralCategories;
    for (const translation of Object.values(texts[locale]).filter((text) => /, plural,/.test(text)))
      for (const form of forms) expect(translation).toMatch(new RegExp(`\\b${form} \\{[^}]*#`));
  });
});

describe('Russian plurals', () => {
  const i18n = setupI18n({ locale: 'ru', messages: { ru: russian } });
  const members = (count: number) =>
    Object.entries(russian)
      .map(([id]) => i18n._(id, { 0: count }))
      .find((text) => /участник/.test(text) && text.startsWith(`${count} `));

  test.each([
    [1, '1 участник'],
    [2, '2 участника'],
    [5, '5 участников'],
    [11, '11 участников'],
    [21, '21 участник'],
  ])('%i', (count, text) => {
    expect(members(count)).toBe(text);
  });
});
