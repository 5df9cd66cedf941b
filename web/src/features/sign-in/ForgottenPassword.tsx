import { Trans } from '@lingui/react/macro';
import styles from './ForgottenPassword.module.css';

/* There is no e-mail to reset it by, and administrators have no button for it: only the command line sets a new one. */
export function ForgottenPassword() {
  return (
    <details className={styles.details}>
      <summary className={styles.summary}>
        <Trans>Forgot your password?</Trans>
      </summary>
      <p>
        <Trans>
          Nobody can look it up, but whoever runs this server can set a new one, with{' '}
          <code>molva user reset-password</code>. Ask them; your chats stay as they are. Then choose a password of your
          own in the settings.
        </Trans>
      </p>
    </details>
  );
}
