import { useLingui } from '@lingui/react/macro';
import { setPreferences, usePreferences } from '@/ui/preferences';
import { Switch } from '@/ui/Switch';
import styles from './SettingsPage.module.css';

export function WritingSection() {
  const { t } = useLingui();
  const { enterSends } = usePreferences();
  return (
    <div className={styles.card}>
      <Switch
        label={t`Enter sends the message`}
        hint={enterSends ? t`Shift+Enter starts a new line.` : t`Enter starts a new line, Shift+Enter sends.`}
        isSelected={enterSends}
        onChange={(on) => setPreferences({ enterSends: on })}
      />
    </div>
  );
}
