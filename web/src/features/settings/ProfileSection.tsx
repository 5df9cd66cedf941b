import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { errorText, updateAccount, useSession, type Account } from '@/api';
import { Avatar } from '@/ui/Avatar';
import { showsNothing } from '@/ui/blank';
import { Button } from '@/ui/Button';
import { dateText } from '@/ui/moments';
import { Skeleton } from '@/ui/Skeleton';
import { TextField } from '@/ui/TextField';
import { showToast } from '@/ui/toasts';
import { useAttempt } from '@/ui/useAttempt';
import styles from './SettingsPage.module.css';

const NAME_MAX = 64;
const ABOUT_MAX = 280;

export function ProfileSection() {
  const { account } = useSession();
  if (!account?.user)
    return (
      <div className={styles.card} aria-busy="true">
        <div className={styles.face}>
          <Skeleton round width="5.5rem" height="5.5rem" />
          <Skeleton width="10rem" height="1.25em" />
        </div>
        <Skeleton height="2.625rem" />
        <Skeleton height="5rem" />
      </div>
    );
  return <ProfileForm key={account.user.id} account={account} />;
}

function ProfileForm({ account }: { account: Account }) {
  const { t, i18n } = useLingui();
  const user = account.user;
  const [name, setName] = useState(user?.display_name ?? '');
  const [about, setAbout] = useState(user?.about ?? '');
  const { attempt, busy } = useAttempt({ says: errorText, again: t`Try again` });
  const missing = showsNothing(name);
  const same = name.trim() === user?.display_name && about.trim() === user.about;
  const left = ABOUT_MAX - [...about].length;

  const submit = () =>
    void attempt(async () => {
      await updateAccount({ display_name: name.trim(), about: about.trim() });
      showToast(t`Saved`);
    });

  if (!user) return null;
  return (
    <form
      className={styles.card}
      onSubmit={(event) => {
        event.preventDefault();
        if (!missing && !same && !busy) submit();
      }}
    >
      <div className={styles.face}>
        <Avatar id={user.id} name={name || user.username} size="xl" />
        <div className={styles.faceWords}>
          <span className={styles.strong}>{name || user.username}</span>
          <span className={styles.quiet}>@{user.username}</span>
          {user.created_at ? (
            <span className={styles.quiet}>
              <Trans>On Molva since {dateText(i18n.locale, Date.parse(user.created_at))}</Trans>
            </span>
          ) : null}
        </div>
      </div>
      <TextField
        label={t`Your name`}
        value={name}
        onChange={setName}
        maxLength={NAME_MAX}
        autoComplete="name"
        error={missing ? t`Others need something to call you.` : null}
      />
      <TextField
        label={t`About me`}
        value={about}
        onChange={setAbout}
        maxLength={ABOUT_MAX}
        rows={3}
        hint={left <= 60 ? t`Characters left: ${left}` : t`A few words; everybody on this server can read them.`}
      />
      <div className={`${styles.buttons} ${styles.end}`}>
        <Button type="submit" tone="primary" isPending={busy} isDisabled={missing || same}>
          <Trans>Save</Trans>
        </Button>
      </div>
    </form>
  );
}
