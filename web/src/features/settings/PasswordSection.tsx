import { Trans, useLingui } from '@lingui/react/macro';
import { useState, type FormEvent } from 'react';
import { ApiError, changePassword, errorField, errorText, passwordProblem } from '@/api';
import { Button } from '@/ui/Button';
import { PasswordField } from '@/ui/TextField';
import { showToast } from '@/ui/toasts';
import styles from './SettingsPage.module.css';

type Problems = { old?: string; next?: string };

export function PasswordSection() {
  const { t } = useLingui();
  const [old, setOld] = useState('');
  const [next, setNext] = useState('');
  const [problems, setProblems] = useState<Problems>({});
  const [busy, setBusy] = useState(false);

  function refusal(error: ApiError): Problems {
    const wrong =
      error.code === 'forbidden' || error.code === 'unauthenticated' || errorField(error) === 'old_password';
    if (wrong) return { old: t`This is not your password.` };
    if (errorField(error) === 'new_password') return { next: t`Choose another password.` };
    return { next: errorText(error) };
  }

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const problem = passwordProblem(next);
    if (old === '') return setProblems({ old: t`Enter your current password.` });
    if (problem === 'short') return setProblems({ next: t`At least 8 characters.` });
    if (problem === 'long') return setProblems({ next: t`This is too long.` });
    setBusy(true);
    setProblems({});
    try {
      await changePassword(old, next);
      setOld('');
      setNext('');
      showToast(t`Password changed. All other devices are signed out.`);
    } catch (thrown) {
      setProblems(refusal(ApiError.from(thrown)));
    } finally {
      setBusy(false);
    }
  }

  const words = { showLabel: t`Show the password`, hideLabel: t`Hide the password` };
  return (
    <form className={styles.card} onSubmit={(event) => void submit(event)}>
      <PasswordField
        {...words}
        label={t`Current password`}
        autoComplete="current-password"
        value={old}
        onChange={setOld}
        error={problems.old ?? null}
      />
      <PasswordField
        {...words}
        label={t`New password`}
        autoComplete="new-password"
        value={next}
        onChange={setNext}
        hint={t`8 characters or more. A short sentence is easy to keep in mind.`}
        error={problems.next ?? null}
      />
      <p className={styles.quiet}>
        <Trans>With a new password, all your other devices are signed out. This one stays.</Trans>
      </p>
      <div className={`${styles.buttons} ${styles.end}`}>
        <Button type="submit" tone="primary" isPending={busy}>
          <Trans>Change the password</Trans>
        </Button>
      </div>
    </form>
  );
}
