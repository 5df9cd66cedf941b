import { Trans } from '@lingui/react/macro';
import { Skeleton } from '@/ui/Skeleton';
import { DeadLink } from './DeadLink';
import type { Invitation } from './invitation';
import styles from './SignIn.module.css';
import { SignUpForm } from './SignUpForm';
import { isDead, type Link } from './useLink';
import type { Registration } from './useRegistration';

interface SignUpProps {
  invitation: Invitation | null;
  link: Link | null;
  registration: Registration;
  onForbidden: () => Promise<unknown>;
  onSignIn: () => void;
  onForget: () => void;
}

/* The form that this server has for newcomers; the owner of a new one comes in any case. */
export function SignUp({ invitation, link, registration, onForbidden, onSignIn, onForget }: SignUpProps) {
  const known = typeof link === 'object' ? link : null;
  const isOwner = known ? known.standing === 'OWNER_CODE' : invitation?.kind === 'owner';
  if (link === 'asking' || (registration === 'asking' && !isOwner)) return <Waiting />;
  if (registration === 'CLOSED_REGISTRATION' && !isOwner && invitation?.kind !== 'owner') return <Closed />;
  if (invitation && isDead(link))
    return (
      <DeadLink
        kind={invitation.kind}
        hasOwner={link.has_owner}
        registration={registration}
        onSignIn={onSignIn}
        onForget={onForget}
      />
    );
  return (
    <SignUpForm
      code={invitation?.code ?? null}
      welcome={isOwner ? (known ? 'owner' : 'unsure') : invitation ? (known ? 'invite' : 'unsure') : 'none'}
      inviter={known?.inviter ?? ''}
      isOwner={isOwner}
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
        <Trans>One moment</Trans>
      </h1>
      <div className={styles.form} aria-busy="true">
        <Skeleton height="5.5rem" />
        <Skeleton height="5.5rem" />
        <Skeleton height="4rem" />
      </div>
    </>
  );
}
