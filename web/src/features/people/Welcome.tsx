/* What an empty list of chats leads to: whoever runs the server invites, everybody else finds who is here. */
import { Trans, useLingui } from '@lingui/react/macro';
import { useState, type FormEvent } from 'react';
import { errorText, updateAccount, useSession } from '@/api';
import { usePeopleList } from '@/api/people';
import { Avatar } from '@/ui/Avatar';
import { showsNothing } from '@/ui/blank';
import { Button } from '@/ui/Button';
import { EmptyState } from '@/ui/EmptyState';
import { IconChat } from '@/ui/icons';
import { TextField } from '@/ui/TextField';
import { useAttempt } from '@/ui/useAttempt';
import { InvitePeople } from './InvitePeople';
import styles from './People.module.css';

const NAME_MAX = 64;

export function Welcome({ onNewChat }: { onNewChat: () => void }) {
  const { t } = useLingui();
  const { account, userId } = useSession();
  const { people, loading, hidden } = usePeopleList();
  const alone = !hidden && !people.some(({ id }) => id !== userId);
  const inviting = account !== null && account.role !== 'MEMBER_ACCOUNT';
  if (loading || account === null) return null;
  if (inviting && alone)
    return (
      <div className={styles.hero}>
        <h2 className={styles.heroTitle}>
          <Trans>Invite your people</Trans>
        </h2>
        <p className={styles.quiet}>
          <Trans>This server is yours, and so far you are alone on it. Whoever has the link can come in.</Trans>
        </p>
        <InvitePeople />
        <YourName key={account.user?.display_name ?? ''} name={account.user?.display_name ?? ''} id={userId ?? ''} />
      </div>
    );
  return (
    <EmptyState
      icon={<IconChat size={28} />}
      title={t`Welcome to Molva`}
      text={<Trans>Choose somebody who is here, and write the first message.</Trans>}
      action={
        <Button tone="primary" onPress={onNewChat}>
          <Trans>Start a chat</Trans>
        </Button>
      }
    />
  );
}

/* Pictures come with files; until then it is the letters of the name. */
function YourName({ name, id }: { name: string; id: string }) {
  const { t } = useLingui();
  const [text, setText] = useState(name);
  const { attempt, busy } = useAttempt({ says: errorText, again: t`Try again` });
  const wanted = text.trim();
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (!showsNothing(wanted) && wanted !== name)
      void attempt(async () => {
        await updateAccount({ display_name: wanted });
      });
  };
  return (
    <form className={styles.profile} onSubmit={save}>
      <Avatar id={id} name={wanted || name} size="l" />
      <div className={styles.profileField}>
        <TextField label={t`Your name`} value={text} onChange={setText} maxLength={NAME_MAX} />
      </div>
      <Button type="submit" isPending={busy} isDisabled={showsNothing(wanted) || wanted === name}>
        <Trans>Save</Trans>
      </Button>
    </form>
  );
}
