import { Trans } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { useSession } from '@/api';
import { Button } from '@/ui/Button';
import { forgetInvitation, takeInvitation } from './invitation';
import { LanguageSwitch } from './LanguageSwitch';
import { Mark } from './Mark';
import styles from './SignIn.module.css';
import { SignInForm } from './SignInForm';
import { SignUp } from './SignUp';
import { isDead, useLink } from './useLink';
import { useRegistration } from './useRegistration';

/* Who comes here has no session: a new owner, somebody invited, or somebody known. The URL stays, so that they come back to
 * the same place. */
export function SignIn() {
  const { reason } = useSession();
  const [invitation, setInvitation] = useState(takeInvitation);
  const { registration, ask } = useRegistration();
  const [mode, setMode] = useState<'in' | 'up'>(invitation ? 'up' : 'in');
  const link = useLink(invitation);
  const forget = (next: 'in' | 'up') => {
    forgetInvitation();
    setInvitation(null);
    setMode(next);
  };
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
        <div className={styles.head}>
          <div className={styles.brand}>
            <Mark />
            <span>Molva</span>
          </div>
          <LanguageSwitch />
        </div>
        {mode === 'in' ? (
          <SignInForm reason={reason} />
        ) : (
          <SignUp
            key={invitation?.code}
            invitation={invitation}
            link={link}
            registration={registration}
            onForbidden={ask}
            onSignIn={() => forget('in')}
            onForget={() => forget('up')}
          />
        )}
        <p className={styles.other} hidden={mode === 'up' && isDead(link) && link.has_owner}>
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
    </div>
  );
}
