/* The language of the page: which one, its catalog, and what else follows it. */
import { i18n } from '@lingui/core';
import { patiently } from '@/ui/lazyPart';
import { getPreferences, subscribeToPreferences, type Language } from '@/ui/preferences';
import { watchZone } from '@/ui/zone';

const catalogs: Record<Language, () => Promise<{ messages: Record<string, unknown> }>> = {
  en: () => import('../locales/en.po'),
  ru: () => import('../locales/ru.po'),
};

export function preferredLanguage(tags: readonly string[] = navigator.languages): Language {
  const chosen = getPreferences().language;
  if (chosen) return chosen;
  for (const tag of tags) {
    if (/^ru\b/i.test(tag)) return 'ru';
    if (/^en\b/i.test(tag)) return 'en';
  }
  return 'en';
}

async function activate(language: Language): Promise<void> {
  const { messages } = await patiently(catalogs[language]);
  if (preferredLanguage() !== language) return;
  i18n.loadAndActivate({ locale: language, messages: messages as Parameters<typeof i18n.load>[1] });
  document.documentElement.lang = language;
}

/** Resolves when texts can be drawn, rejects when they cannot be had; later changes of the preference are followed without a reload. */
export async function startI18n(): Promise<void> {
  await activate(preferredLanguage());
  // Texts follow the language, and those with a time in them the zone: all who read one of the two hear of both.
  watchZone(() => i18n.activate(i18n.locale));
  subscribeToPreferences(() => {
    const wanted = preferredLanguage();
    // When it cannot be had the page stays in the language that it has.
    if (wanted !== i18n.locale) activate(wanted).catch(() => undefined);
  });
}

/** The tag for Intl and React Aria. */
export function localeTag(locale: string): string {
  return locale === 'ru' ? 'ru-RU' : 'en-US';
}

export function isLanguage(tag: string | undefined): tag is Language {
  return tag === 'en' || tag === 'ru';
}
