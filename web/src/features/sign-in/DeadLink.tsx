import { Trans } from '@lingui/react/macro';
import { Button } from '@/ui/Button';
import type { Invitation } from './invitation';
import styles from './SignIn.module.css';
import type { Registration } from './useRegistration';

interface DeadLinkProps {
  kind: Invitation['kind'];
  hasOwner: boolean;
  registration: Registration;
  onSignIn: () => void;
  /** Goes on as if there were no link. */
  onForget: () => void;
}

/* A link that leads nowhere any more: why, and what there is to do. */
export function DeadLink({ kind, hasOwner, registration, onSignIn, onForget }: DeadLinkProps) {
  return (
    <>
      {kind === 'invite' ? <EndedInvitation /> : hasOwner ? <HasOwner /> : <OutOfDate />}
      <div className={styles.actions}>
        {hasOwner ? (
          <Button tone="primary" size="l" wide autoFocus onPress={onSignIn}>
            <Trans>Sign in</Trans>
          </Button>
        ) : null}
        {registration === 'INVITE_REGISTRATION' && hasOwner ? (
          <Button tone="plain" onPress={onForget}>
            <Trans>Enter another code</Trans>
          </Button>
        ) : null}
        {registration === 'OPEN_REGISTRATION' ? (
          <Button tone="plain" onPress={onForget}>
            <Trans>Create an account without it</Trans>
          </Button>
        ) : null}
      </div>
    </>
  );
}

function EndedInvitation() {
  return (
    <>
      <h1 className={styles.title}>
        <Trans>This invitation does not hold any more</Trans>
      </h1>
      <p className={styles.lead}>
        <Trans>
          It has been used up, withdrawn, or is too old; or a part of the link is missing. Ask for a new one. If you
          have an account here already, sign in.
        </Trans>
      </p>
    </>
  );
}

function HasOwner() {
  return (
    <>
      <h1 className={styles.title}>
        <Trans>This server has an owner</Trans>
      </h1>
      <p className={styles.lead}>
        <Trans>
          Its link works once. If it is you who used it, sign in. Otherwise ask the owner for an invitation.
        </Trans>
      </p>
    </>
  );
}

function OutOfDate() {
  return (
    <>
      <h1 className={styles.title}>
        <Trans>This link is out of date</Trans>
      </h1>
      <p className={styles.lead}>
        <Trans>
          The server belongs to nobody yet, and prints a new link for its owner at each start: open the newest one.
        </Trans>
      </p>
    </>
  );
}
