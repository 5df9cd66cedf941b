import { Trans } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { useSession } from '@/api';
import { Button } from '@/ui/Button';
import { takeInvitation } from './invitation';
import { LanguageSwitch } from './LanguageSwitch';
import { Mark } from './Mark';
import styles from './SignIn.module.css';
import { SignInForm } from './SignInForm';
import { SignUp } from './SignUp';
import { useRegistration } from './useRegistration';

/* Who comes here has no session: a new owner, somebody invited, or somebody known. The URL stays, so that they come back to
 * the same place. */
export function SignIn() {
  const { reason } = useSession();
  const [invitation, setInvitation] = useState(takeInvitation);
  const { registration, ask } = useRegistration();
  const [mode, setMode] = useState<'in' | 'up'>(invitation ? 'up' : 'in');
  useEffect(() => {
    document.title = 'Molva';
    const onHash = () => {
      const next = takeInvitation();
      setInvitation(next);
      if (next) setMode('up');
    };
    addEventListener('hashchange', onHash);
    return () => removeEventListener('hashchange', onHash);
  }, []);

  return (
    <div className={styles.page}>
      <main className={styles.card}>
        <div className={styles.brand}>
          <Mark />
          <span>Molva</span>
        </div>
        {mode === 'in' ? (
          <SignInForm reason={reason} />
        ) : (
          <SignUp invitation={invitation} registration={registration} onForbidden={ask} />
        )}
        <p className={styles.other}>
          {mode === 'in' ? (
            <>
              <span>
                <Trans>New here?</Trans>
              </span>
              <Button tone="plain" size="s" onPress={() => setMode('up')}>
                <Trans>Create an account</Trans>
              </Button>
            </>
          ) : (
            <>
              <span>
                <Trans>Already have an account?</Trans>
              </span>
              <Button tone="plain" size="s" onPress={() => setMode('in')}>
                <Trans>Sign in</Trans>
              </Button>
            </>
          )}
        </p>
      </main>
      <footer className={styles.footer}>
        <LanguageSwitch />
      </footer>
    </div>
  );
}
