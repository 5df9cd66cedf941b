import { Trans, useLingui } from '@lingui/react/macro';
import { useRef, useState } from 'react';
import { errorText, api, data, useSession, type Account } from '@/api';
import { Badge } from '@/ui/Badge';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { IconButton } from '@/ui/IconButton';
import { IconCheck, IconCopy, IconLock, IconMore, IconShield, IconUser } from '@/ui/icons';
import { Menu, MenuItem } from '@/ui/Menu';
import { withHandle } from '@/ui/namesakes';
import { showCard } from '@/ui/personCard';
import { PersonFace } from '@/ui/PersonFace';
import { useCopyName } from '@/ui/PersonMenu';
import { PressMenu, usePressMenu } from '@/ui/PressMenu';
import { useAttempt } from '@/ui/useAttempt';
import { mayClose, maySetRole, type AccountRole } from './accountRights';
import styles from './SettingsPage.module.css';

interface AccountRowProps {
  account: Account;
  /** Another account of the list has the same name. */
  shared: boolean;
  onChanged: () => Promise<void>;
}

type Change = { disabled?: boolean; role?: Exclude<AccountRole, 'OWNER_ACCOUNT'> };

export function AccountRow({ account, shared, onChanged }: AccountRowProps) {
  const { t } = useLingui();
  const { account: me } = useSession();
  const { attempt, busy } = useAttempt({ says: errorText, again: t`Try again` });
  const [asking, setAsking] = useState(false);
  const user = account.user;
  const row = useRef<HTMLLIElement>(null);
  const menu = usePressMenu(row);
  const copyName = useCopyName(user?.username ?? '');
  if (!user) return null;

  const shown = user.display_name;
  const name = withHandle(shown, shared ? `@${user.username}` : '');
  const mine = me?.role ?? 'MEMBER_ACCOUNT';
  const self = me?.user?.id === user.id;
  const closes = !self && mayClose(mine, account.role);
  const ranks = !self && maySetRole(mine, account.role);
  const change = (body: Change) =>
    void attempt(async () => {
      await data(api.PATCH('/v1/accounts/{id}', { params: { path: { id: user.id } }, body }));
      setAsking(false);
      await onChanged();
    });

  const changes = (
    <>
      {ranks && account.role === 'MEMBER_ACCOUNT' ? (
        <MenuItem text={t`Make an admin`} icon={<IconShield />} onAction={() => change({ role: 'ADMIN_ACCOUNT' })} />
      ) : null}
      {ranks && account.role === 'ADMIN_ACCOUNT' ? (
        <MenuItem
          text={t`Take admin rights away`}
          icon={<IconShield />}
          onAction={() => change({ role: 'MEMBER_ACCOUNT' })}
        />
      ) : null}
      {closes && account.disabled ? (
        <MenuItem text={t`Open the account again`} icon={<IconCheck />} onAction={() => change({ disabled: false })} />
      ) : null}
      {closes && !account.disabled ? (
        <MenuItem text={t`Close the account`} icon={<IconLock />} danger onAction={() => setAsking(true)} />
      ) : null}
    </>
  );
  return (
    <li ref={row} className={styles.row}>
      <PersonFace id={user.id} name={shown} />
      <div className={styles.rowWords}>
        <span className={styles.rowTitle}>
          <bdi>{shown}</bdi> {self ? t`(you)` : null}
        </span>
        <span className={styles.quiet}>@{user.username}</span>
      </div>
      {account.disabled ? <Badge tone="danger">{t`closed`}</Badge> : null}
      {account.role === 'OWNER_ACCOUNT' ? <Badge tone="soft">{t`owner`}</Badge> : null}
      {account.role === 'ADMIN_ACCOUNT' ? <Badge tone="soft">{t`admin`}</Badge> : null}
      {closes || ranks ? (
        <Menu
          label={t`Actions for ${name}`}
          trigger={
            <IconButton label={t`Actions for ${name}`} tooltip="none" small isDisabled={busy}>
              <IconMore />
            </IconButton>
          }
        >
          {changes}
        </Menu>
      ) : null}
      {menu.at ? (
        <PressMenu at={menu.at} label={t`Actions for ${name}`} onClose={menu.close}>
          <MenuItem text={t`Profile`} icon={<IconUser />} onAction={() => showCard(user.id)} />
          {changes}
          <MenuItem text={t`Copy the name`} icon={<IconCopy />} onAction={copyName} />
        </PressMenu>
      ) : null}
      <ConfirmDialog
        title={t`Close the account of ${name}?`}
        isOpen={asking}
        danger
        isPending={busy}
        confirmLabel={t`Close the account`}
        cancelLabel={t`Cancel`}
        onConfirm={() => change({ disabled: true })}
        onClose={() => setAsking(false)}
      >
        <Trans>They are signed out everywhere and cannot come back until you open it again. Their messages stay.</Trans>
      </ConfirmDialog>
    </li>
  );
}
