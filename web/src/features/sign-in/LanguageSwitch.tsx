import { useLingui } from '@lingui/react/macro';
import { Choice } from '@/ui/Choice';
import { setPreferences, type Language } from '@/ui/preferences';

/* Each language in its own words: who needs it may not read the other. */
const languages: readonly { value: Language; text: string }[] = [
  { value: 'en', text: 'English' },
  { value: 'ru', text: 'Русский' },
];

export function LanguageSwitch() {
  const { t, i18n } = useLingui();
  return (
    <Choice
      label={t`Language`}
      hideLabel
      value={i18n.locale as Language}
      options={languages}
      onChange={(language) => setPreferences({ language })}
    />
  );
}
