import { Trans } from '@lingui/react/macro';
import { useState } from 'react';
import { Button } from '@/ui/Button';
import { IconSignOut } from '@/ui/icons';
import { SignOutDialog } from './SignOutDialog';

export function SignOutButton() {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button tone="dangerQuiet" icon={<IconSignOut />} onPress={() => setAsking(true)}>
        <Trans>Sign out</Trans>
      </Button>
      {asking ? <SignOutDialog onClose={() => setAsking(false)} /> : null}
    </>
  );
}
