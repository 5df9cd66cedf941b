import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useRef, useState, type FormEvent } from 'react';
import { ApiError, errorText, signIn, type SignedOutReason } from '@/api';
import { Button } from '@/ui/Button';
import { PasswordField, TextField } from '@/ui/TextField';
import { ForgottenPassword } from './ForgottenPassword';
import { Notice } from './Notice';
import styles from './SignIn.module.css';
import { useCountdown } from './useCountdown';
import { useFocusOnWrong } from './useFocusOnWrong';

function useErrorText(): (error: ApiError) => string {
  const { t } = useLingui();
  return (error) => {
    if (error.code === 'unauthenticated') return t`The user name or the password is not right.`;
    if (error.code === 'forbidden') return t`This account is closed. Please ask whoever runs this server.`;
    if (error.code === 'rate_limited') return t`Too many attempts. To keep your account safe, please wait a little.`;
    return errorText(error);
  };
}

export function SignInForm({ reason }: { reason: SignedOutReason }) {
  const { t } = useLingui();
  const describe = useErrorText();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [checked, setChecked] = useState(false);
  const wait = useCountdown();
  const { form, lookForWrong } = useFocusOnWrong();
  const passwordField = useRef<HTMLInputElement>(null);
  const ready = username.trim() !== '' && password !== '';
  const { host } = location;

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (busy || wait.seconds > 0) return;
    setChecked(true);
    if (!ready) return lookForWrong();
    setBusy(true);
    setProblem(null);
    try {
      await signIn(username.trim(), password);
    } catch (thrown) {
      const error = ApiError.from(thrown);
      setProblem(describe(error));
      if (error.retryAfterMs > 0) wait.start(error.retryAfterMs);
      setBusy(false);
      // Which of the two was wrong is not told; it is mostly the one that nobody sees.
      if (error.code === 'unauthenticated') passwordField.current?.select();
    }
  }

  return (
    <>
      <h1 className={styles.title}>
        <Trans>Welcome back</Trans>
      </h1>
      <p className={styles.lead}>
        <Trans>Sign in to {host}.</Trans>
      </p>
      {reason === 'ended' && !problem ? (
        <Notice>
          <Trans>Your session has ended. Sign in and you are back where you were, drafts included.</Trans>
        </Notice>
      ) : null}
      {problem ? (
        <Notice tone="error">
          {problem}{' '}
          {wait.seconds > 0 ? (
            <Plural value={wait.seconds} one="Try again in # second." other="Try again in # seconds." />
          ) : null}
        </Notice>
      ) : null}
      <form ref={form} noValidate className={styles.form} onSubmit={(event) => void submit(event)}>
        <TextField
          label={t`User name`}
          name="username"
          autoComplete="username"
          spellCheck="false"
          autoFocus
          value={username}
          onChange={setUsername}
          error={checked && username.trim() === '' ? t`Enter your user name.` : null}
        />
        <PasswordField
          label={t`Password`}
          name="password"
          autoComplete="current-password"
          showLabel={t`Show the password`}
          hideLabel={t`Hide the password`}
          value={password}
          onChange={setPassword}
          inputRef={passwordField}
          error={checked && password === '' ? t`Enter your password.` : null}
        />
        <Button type="submit" tone="primary" size="l" wide isPending={busy} isDisabled={wait.seconds > 0}>
          <Trans>Sign in</Trans>
        </Button>
      </form>
      <ForgottenPassword />
    </>
  );
}
