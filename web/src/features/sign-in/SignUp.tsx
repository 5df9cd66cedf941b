import { Trans } from '@lingui/react/macro';
import { Skeleton } from '@/ui/Skeleton';
import type { Invitation } from './invitation';
import styles from './SignIn.module.css';
import { SignUpForm } from './SignUpForm';
import type { Registration } from './useRegistration';

interface SignUpProps {
  invitation: Invitation | null;
  registration: Registration;
  onForbidden: () => Promise<unknown>;
}

/* The form that this server has for newcomers; the owner of a new one comes in any case. */
export function SignUp({ invitation, registration, onForbidden }: SignUpProps) {
  if (invitation?.kind !== 'owner') {
    if (registration === 'CLOSED_REGISTRATION') return <Closed />;
    if (registration === 'asking') return <Waiting />;
  }
  return (
    <SignUpForm
      invitation={invitation}
      byInvitation={registration === 'INVITE_REGISTRATION'}
      onForbidden={onForbidden}
    />
  );
}

function Closed() {
  return (
    <>
      <h1 className={styles.title}>
        <Trans>No new accounts</Trans>
      </h1>
      <p className={styles.lead} role="status">
        <Trans>This server takes none at the moment: ask whoever runs it to make one for you.</Trans>
      </p>
    </>
  );
}

/* As high as the form's fields. */
function Waiting() {
  return (
    <>
      <h1 className={styles.title}>
        <Trans>Create an account</Trans>
      </h1>
      <div className={styles.form} aria-busy="true">
        <Skeleton height="5.5rem" />
        <Skeleton height="5.5rem" />
        <Skeleton height="4rem" />
      </div>
    </>
  );
}
