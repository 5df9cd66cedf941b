import { Trans } from '@lingui/react/macro';
import styles from './SignIn.module.css';

/** What the form is for: an owner's account, one by invitation, one for which a code is wanted, one for which nothing is; or
 * one by a link that could not be looked up. */
export type WelcomeKind = 'owner' | 'invite' | 'wanted' | 'none' | 'unsure';

function Lead({ kind }: { kind: WelcomeKind }) {
  const { host } = location;
  switch (kind) {
    case 'owner':
      return (
        <Trans>
          {host} has just started and belongs to nobody yet. Create your account: you will own it and can invite
          everybody else.
        </Trans>
      );
    case 'invite':
      return <Trans>To talk on {host}. Choose a name and a password, and you are in.</Trans>;
    case 'wanted':
      return <Trans>{host} is by invitation. Enter the code you were given.</Trans>;
    case 'none':
      return <Trans>On {host}. A name and a password are enough: no phone number, no e-mail.</Trans>;
    case 'unsure':
      return (
        <Trans>On {host}. Whether your link still holds could not be asked; it shows when you send the form.</Trans>
      );
  }
}

function Title({ kind, inviter }: { kind: WelcomeKind; inviter: string }) {
  if (kind === 'owner') return <Trans>This is your server</Trans>;
  if (kind !== 'invite') return <Trans>Create an account</Trans>;
  return (
    <Trans>
      <bdi>{inviter}</bdi> invites you
    </Trans>
  );
}

export function Welcome({ kind, inviter }: { kind: WelcomeKind; inviter: string }) {
  return (
    <>
      <h1 className={styles.title}>
        <Title kind={kind} inviter={inviter} />
      </h1>
      <p className={styles.lead}>
        <Lead kind={kind} />
      </p>
    </>
  );
}
