import { Trans, useLingui } from '@lingui/react/macro';
import { useState, type FormEvent } from 'react';
import { ApiError, errorField, errorText, register, passwordProblem } from '@/api';
import { Button } from '@/ui/Button';
import { PasswordField, TextField } from '@/ui/TextField';
import { Notice } from './Notice';
import { PasswordHint } from './PasswordHint';
import { DISPLAY_NAME_MAX, usernameProblem } from './rules';
import styles from './SignIn.module.css';
import { useFocusOnWrong } from './useFocusOnWrong';
import { usernameText } from './usernameText';
import { Welcome, type WelcomeKind } from './Welcome';

type Field = 'username' | 'password' | 'invite_code' | 'display_name';
type Problems = Partial<Record<Field | 'form', string>>;

/* Why the server refused, at the field that it is about. */
function useRefusal(hasCode: boolean): (error: ApiError) => Problems {
  const { t } = useLingui();
  return (error) => {
    const field = errorField(error);
    if (error.code === 'conflict' && field === 'username')
      return { username: t`This name, or one that looks like it, is taken. Try another.` };
    if (error.code === 'conflict') return { form: t`This server has an owner already. Ask them for an invitation.` };
    if (error.code === 'forbidden' && hasCode)
      return { invite_code: t`This code is unknown, used up or has expired. Ask for a new one.` };
    if (error.code === 'forbidden')
      return { invite_code: t`This server is by invitation. Enter the code you were given.` };
    if (error.code === 'invalid' && field === 'username') return { username: t`This name does not follow the rules.` };
    if (error.code === 'invalid' && field === 'display_name') return { display_name: t`Please choose another name.` };
    return { form: errorText(error) };
  };
}

export interface SignUpFormProps {
  /** Of the link that was opened. */
  code: string | null;
  /** What the form is for; without a link the mode of registration says it. */
  welcome: WelcomeKind;
  inviter: string;
  /** The code makes the owner. */
  isOwner: boolean;
  /** Nobody registers here without a code. */
  byInvitation: boolean;
  /** The server refused; the mode of registration may have changed since it was asked for. */
  onForbidden: () => Promise<unknown>;
}

export function SignUpForm(props: SignUpFormProps) {
  const { welcome, inviter, isOwner, byInvitation, onForbidden } = props;
  const { t } = useLingui();
  const [username, setUsername] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [codeWanted, setCodeWanted] = useState(byInvitation && !props.code);
  const [checked, setChecked] = useState(false);
  const [refused, setRefused] = useState<Problems>({});
  const [busy, setBusy] = useState(false);
  const { form, lookForWrong } = useFocusOnWrong();

  const inviteCode = codeWanted ? code.trim() : (props.code ?? '');
  const refusal = useRefusal(inviteCode !== '');
  // While one is still typing, "too short" would only be in the way.
  const nameProblem = usernameProblem(username);
  const showName = nameProblem !== null && (checked || (nameProblem.kind !== 'short' && username !== ''));
  const passwordBad = passwordProblem(password);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (busy) return;
    setChecked(true);
    const codeMissing = codeWanted && byInvitation && inviteCode === '';
    if (codeMissing) setRefused({ invite_code: t`Without a code there is no account here.` });
    if (codeMissing || nameProblem || passwordBad) return lookForWrong();
    setBusy(true);
    setRefused({});
    try {
      await register({
        username,
        password,
        display_name: displayName.trim(),
        ...(inviteCode ? { invite_code: inviteCode } : {}),
      });
    } catch (thrown) {
      const error = ApiError.from(thrown);
      if (error.code === 'forbidden') await onForbidden();
      const problems = refusal(error);
      setRefused(problems);
      if (problems.invite_code) {
        setCode(inviteCode);
        setCodeWanted(true);
      }
      setBusy(false);
      lookForWrong();
    }
  }

  const clear = (field: Field) => {
    if (refused[field] || refused.form) setRefused({});
  };

  return (
    <>
      <Welcome kind={welcome === 'none' && byInvitation ? 'wanted' : welcome} inviter={inviter} />
      {refused.form ? <Notice tone="error">{refused.form}</Notice> : null}
      <form ref={form} noValidate className={styles.form} onSubmit={(event) => void submit(event)}>
        {codeWanted ? (
          <TextField
            label={t`Invitation code`}
            name="invite"
            autoComplete="off"
            spellCheck="false"
            autoFocus
            value={code}
            onChange={(text) => {
              setCode(text);
              clear('invite_code');
            }}
            error={refused.invite_code ?? null}
          />
        ) : null}
        <TextField
          label={t`User name`}
          name="username"
          autoComplete="username"
          spellCheck="false"
          autoFocus={!codeWanted}
          maxLength={64}
          value={username}
          onChange={(text) => {
            setUsername(text.trim());
            clear('username');
          }}
          hint={t`People find you by it. Latin or Russian letters, digits, dot, hyphen, underscore.`}
          error={refused.username ?? (showName ? usernameText(nameProblem) : null)}
        />
        <TextField
          label={t`Your name`}
          name="name"
          autoComplete="name"
          maxLength={DISPLAY_NAME_MAX}
          value={displayName}
          onChange={(text) => {
            setDisplayName(text);
            clear('display_name');
          }}
          hint={t`As your friends know you. You can change it later.`}
          error={refused.display_name ?? null}
        />
        <div className={styles.password}>
          <PasswordField
            label={t`Password`}
            name="new-password"
            autoComplete="new-password"
            showLabel={t`Show the password`}
            hideLabel={t`Hide the password`}
            value={password}
            onChange={setPassword}
            error={
              checked && passwordBad === 'short'
                ? t`At least 8 characters.`
                : passwordBad === 'long'
                  ? t`This is too long.`
                  : null
            }
          />
          <PasswordHint password={password} />
        </div>
        <Button type="submit" tone="primary" size="l" wide isPending={busy}>
          {isOwner ? <Trans>Become the owner</Trans> : <Trans>Create the account</Trans>}
        </Button>
        {codeWanted || props.code ? null : (
          <Button tone="plain" size="s" onPress={() => setCodeWanted(true)}>
            <Trans>I have an invitation code</Trans>
          </Button>
        )}
      </form>
    </>
  );
}
