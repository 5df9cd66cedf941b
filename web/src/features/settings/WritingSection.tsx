import { useLingui } from '@lingui/react/macro';
import { setPreferences, usePreferences } from '@/ui/preferences';
import { useTouch } from '@/ui/useMediaQuery';
import { Switch } from '@/ui/Switch';
import styles from './SettingsPage.module.css';

export function WritingSection() {
  const { t } = useLingui();
  const { enterSends, sound } = usePreferences();
  const touch = useTouch();
  return (
    <div className={styles.card}>
      <Switch
        label={t`Sound for a new message`}
        hint={t`Not for the chat that you are looking at.`}
        isSelected={sound}
        onChange={(on) => setPreferences({ sound: on })}
      />
      <Switch
        label={t`Enter sends the message`}
        hint={
          touch
            ? t`On a touch screen Enter starts a new line, and the button sends.`
            : enterSends
              ? t`Shift+Enter starts a new line.`
              : t`Enter starts a new line, Ctrl+Enter sends.`
        }
        isDisabled={touch}
        isSelected={enterSends && !touch}
        onChange={(on) => setPreferences({ enterSends: on })}
      />
    </div>
  );
}
