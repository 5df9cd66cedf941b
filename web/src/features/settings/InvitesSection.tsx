import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { errorText, api, data, type Schemas } from '@/api';
import { useName } from '@/realtime';
import { Button } from '@/ui/Button';
import { EmptyState } from '@/ui/EmptyState';
import { IconTicket } from '@/ui/icons';
import { momentText, useMinute } from '@/ui/moments';
import { useAttempt } from '@/ui/useAttempt';
import { InviteLink } from './InviteLink';
import { ListFrame } from './ListFrame';
import { NewInvite } from './NewInvite';
import styles from './SettingsPage.module.css';

type Invite = Schemas['Invite'];

const key = ['invites'];

export function InvitesSection() {
  const { t } = useLingui();
  const queries = useQueryClient();
  const { attempt, busy } = useAttempt({ says: errorText, again: t`Try again` });
  const [fresh, setFresh] = useState<{ id: string; code: string } | null>(null);
  const result = useQuery({ queryKey: key, queryFn: ({ signal }) => data(api.GET('/v1/auth/invites', { signal })) });
  const invites = result.data?.invites ?? [];
  const refresh = () => queries.invalidateQueries({ queryKey: key });

  const create = (uses: number, ttlS: number) =>
    void attempt(async () => {
      const made = await data(api.POST('/v1/auth/invites', { body: { max_uses: uses, ttl_s: ttlS } }));
      setFresh({ id: made.invite?.id ?? '', code: made.code });
      await refresh();
    });
  const revoke = (id: string) =>
    void attempt(async () => {
      await data(api.DELETE('/v1/auth/invites/{id}', { params: { path: { id } } }));
      if (fresh?.id === id) setFresh(null);
      await refresh();
    });

  return (
    <>
      <div className={styles.card}>
        <NewInvite busy={busy} onCreate={create} />
        {fresh ? <InviteLink key={fresh.code} code={fresh.code} /> : null}
      </div>
      <h2 className={styles.sub}>
        <Trans>Open invitations</Trans>
      </h2>
      <ListFrame result={result} label={t`Loading invitations`}>
        {invites.length === 0 ? (
          <div className={styles.list}>
            <EmptyState
              icon={<IconTicket size={26} />}
              title={t`No open invitations`}
              text={<Trans>Create one above and send the link to the people you want here.</Trans>}
            />
          </div>
        ) : (
          <ul className={styles.list} aria-label={t`Open invitations`}>
            {invites.map((invite) => (
              <InviteRow key={invite.id} invite={invite} busy={busy} onRevoke={() => revoke(invite.id)} />
            ))}
          </ul>
        )}
      </ListFrame>
    </>
  );
}

function InviteRow({ invite, busy, onRevoke }: { invite: Invite; busy: boolean; onRevoke: () => void }) {
  const { t, i18n } = useLingui();
  const now = useMinute();
  const author = useName(invite.created_by);
  const when = invite.expires_at ? momentText(i18n.locale, Date.parse(invite.expires_at), now) : '';
  return (
    <li className={styles.row}>
      <IconTicket className={styles.rowIcon} />
      <div className={styles.rowWords}>
        <span className={styles.rowTitle}>
          <Plural value={invite.uses_left} one="For # more person" other="For # more people" />
        </span>
        <span className={styles.quiet}>
          <Trans>ends {when}</Trans>
          {author ? ` · ${author}` : null}
        </span>
      </div>
      <Button
        size="s"
        tone="dangerQuiet"
        isDisabled={busy}
        onPress={onRevoke}
        aria-label={t`Revoke the invitation that ends ${when}`}
      >
        <Trans>Revoke</Trans>
      </Button>
    </li>
  );
}
