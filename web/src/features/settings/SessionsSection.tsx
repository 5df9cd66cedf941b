import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { errorText, api, data, type Schemas } from '@/api';
import { Badge } from '@/ui/Badge';
import { Button } from '@/ui/Button';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { IconDevices } from '@/ui/icons';
import { momentText, useMinute } from '@/ui/moments';
import { useAttempt } from '@/ui/useAttempt';
import { deviceName } from './deviceName';
import { ListFrame } from './ListFrame';
import styles from './SettingsPage.module.css';

type Session = Schemas['Session'];

const key = ['sessions'];

export function SessionsSection() {
  const { t } = useLingui();
  const queries = useQueryClient();
  const { attempt, busy } = useAttempt({ says: errorText, again: t`Try again` });
  const [asking, setAsking] = useState(false);
  const result = useQuery({ queryKey: key, queryFn: ({ signal }) => data(api.GET('/v1/auth/sessions', { signal })) });
  const sessions = result.data?.sessions ?? [];
  const current = sessions.filter((session) => session.current);
  const others = sessions.filter((session) => !session.current);

  const end = (id: string) =>
    void attempt(async () => {
      await data(api.DELETE('/v1/auth/sessions/{id}', { params: { path: { id } } }));
      await queries.invalidateQueries({ queryKey: key });
    });
  const endOthers = () =>
    void attempt(async () => {
      await data(api.DELETE('/v1/auth/sessions', {}));
      setAsking(false);
      await queries.invalidateQueries({ queryKey: key });
    });

  return (
    <ListFrame result={result} label={t`Loading devices`}>
      <ul className={styles.list} aria-label={t`This device`}>
        {current.map((session) => (
          <SessionRow key={session.id} session={session} />
        ))}
      </ul>
      <h2 className={styles.sub}>
        <Trans>Other devices</Trans>
      </h2>
      {others.length === 0 ? (
        <div className={styles.card}>
          <p className={styles.quiet}>
            <Trans>You are not signed in anywhere else. Your other devices will appear here.</Trans>
          </p>
        </div>
      ) : (
        <>
          <ul className={styles.list} aria-label={t`Other devices`}>
            {others.map((session) => (
              <SessionRow key={session.id} session={session} onEnd={() => end(session.id)} busy={busy} />
            ))}
          </ul>
          <div className={styles.card}>
            <p className={styles.quiet}>
              <Trans>See a device you do not recognise? Sign it out and change your password.</Trans>
            </p>
            <div className={styles.buttons}>
              <Button tone="dangerQuiet" onPress={() => setAsking(true)}>
                <Trans>Sign out all other devices</Trans>
              </Button>
            </div>
          </div>
        </>
      )}
      <ConfirmDialog
        title={t`Sign out all other devices?`}
        isOpen={asking}
        danger
        isPending={busy}
        confirmLabel={t`Sign them out`}
        cancelLabel={t`Cancel`}
        onConfirm={endOthers}
        onClose={() => setAsking(false)}
      >
        <Trans>Each of them needs the password to come back. This device stays signed in.</Trans>
      </ConfirmDialog>
    </ListFrame>
  );
}

function SessionRow({ session, onEnd, busy = false }: { session: Session; onEnd?: () => void; busy?: boolean }) {
  const { t, i18n } = useLingui();
  const now = useMinute();
  const seen = session.last_seen_at ?? session.created_at;
  const name = deviceName(session.device) ?? t`Unknown device`;
  const when = seen ? momentText(i18n.locale, Math.min(Date.parse(seen), now), now) : '';
  return (
    <li className={styles.row}>
      <IconDevices className={styles.rowIcon} />
      <div className={styles.rowWords}>
        <span className={styles.rowTitle}>{name}</span>
        <span className={styles.quiet}>
          {session.address ? `${session.address} · ` : null}
          {when}
        </span>
      </div>
      {session.current ? <Badge tone="soft">{t`this device`}</Badge> : null}
      {onEnd ? (
        <Button size="s" isDisabled={busy} onPress={onEnd} aria-label={t`Sign out ${name}`}>
          <Trans>Sign out</Trans>
        </Button>
      ) : null}
    </li>
  );
}
