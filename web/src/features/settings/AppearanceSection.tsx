import { useLingui } from '@lingui/react/macro';
import { updateAccount } from '@/api';
import { Choice } from '@/ui/Choice';
import {
  setPreferences,
  TEXT_SIZE_MAX,
  TEXT_SIZE_MIN,
  usePreferences,
  type Language,
  type Theme,
} from '@/ui/preferences';
import { Range } from '@/ui/Range';
import styles from './SettingsPage.module.css';

const languages: readonly { value: Language; text: string }[] = [
  { value: 'en', text: 'English' },
  { value: 'ru', text: 'Русский' },
];

/* The choice holds on this device at once; the account keeps it for new ones, when it can be reached. */
function keep(change: Parameters<typeof updateAccount>[0]): void {
  updateAccount(change).catch(() => undefined);
}

const setTextSize = (textSize: number) => setPreferences({ textSize });

export function AppearanceSection() {
  const { t, i18n } = useLingui();
  const { theme, textSize } = usePreferences();
  const percent = new Intl.NumberFormat(i18n.locale, { style: 'percent' });
  const themes: readonly { value: Theme; text: string }[] = [
    { value: 'system', text: t`System` },
    { value: 'light', text: t`Light` },
    { value: 'dark', text: t`Dark` },
  ];
  return (
    <div className={styles.card}>
      <Choice
        label={t`Theme`}
        value={theme}
        options={themes}
        onChange={(next) => {
          setPreferences({ theme: next });
          keep({ theme: next === 'system' ? '' : next });
        }}
      />
      <Range
        label={t`Text size`}
        min={TEXT_SIZE_MIN}
        max={TEXT_SIZE_MAX}
        step={10}
        value={textSize}
        textOf={(size) => percent.format(size / 100)}
        onChange={setTextSize}
      />
      <Choice
        label={t`Language`}
        value={i18n.locale as Language}
        options={languages}
        onChange={(language) => {
          setPreferences({ language });
          keep({ language });
        }}
      />
    </div>
  );
}
