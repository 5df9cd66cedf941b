import { useEffect, useState } from 'react';
import { takeInvitation } from '@/features/sign-in/invitation';
import { lazyPart } from '@/ui/lazyPart';
import { LazyDialog } from './LazyDialog';

const SignedInAlready = lazyPart(
  () => import('@/features/sign-in/SignedInAlready'),
  (part) => part.SignedInAlready,
);

/* A link that makes an account was opened by somebody who has one. */
export function LinkForNewcomers() {
  const [invitation, setInvitation] = useState(takeInvitation);
  useEffect(() => {
    const onHash = () => setInvitation(takeInvitation());
    addEventListener('hashchange', onHash);
    return () => removeEventListener('hashchange', onHash);
  }, []);
  if (!invitation) return null;
  const close = () => setInvitation(null);
  return (
    <LazyDialog onClose={close}>
      <SignedInAlready kind={invitation.kind} onClose={close} />
    </LazyDialog>
  );
}
