import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { useSession } from '@/api';
import { realtime, useUser } from '@/realtime';
import { Avatar } from '@/ui/Avatar';
import { IconBookmark, IconKeyboard, IconSettings, IconSignOut, IconUser } from '@/ui/icons';
import { lazyPart } from '@/ui/lazyPart';
import { Menu, MenuItem, MenuSeparator } from '@/ui/Menu';
import styles from './AccountMenu.module.css';
import { LazyDialog } from './LazyDialog';
import { goTo } from './navigation';
import { chatPath, settingsPath } from './routes';

const SignOutDialog = lazyPart(
  () => import('@/features/settings/SignOutDialog'),
  (part) => part.SignOutDialog,
);

/* One's own picture, and what belongs to the account. */
export function AccountMenu({ onShortcuts }: { onShortcuts: () => void }) {
  const { t } = useLingui();
  const { userId, account } = useSession();
  const user = useUser(userId);
  const [leaving, setLeaving] = useState(false);
  const name = account?.user?.display_name ?? user?.display_name ?? '';

  const openSaved = () => {
    if (userId) goTo(chatPath(realtime.directWith({ id: userId })));
  };

  return (
    <>
      <Menu
        label={t`Account`}
        placement="bottom start"
        trigger={
          <AriaButton className={styles.me} aria-label={name ? t`Account of ${name}` : t`Account`}>
            <Avatar id={userId ?? ''} name={name || '·'} size="s" />
          </AriaButton>
        }
      >
        <MenuItem text={name || t`Profile`} icon={<IconUser />} href={settingsPath('profile')} />
        <MenuItem text={t`Saved messages`} icon={<IconBookmark />} onAction={openSaved} />
        <MenuItem text={t`Settings`} icon={<IconSettings />} href={settingsPath()} />
        <MenuItem text={t`Keyboard shortcuts`} icon={<IconKeyboard />} onAction={onShortcuts} />
        <MenuSeparator />
        <MenuItem text={t`Sign out`} icon={<IconSignOut />} onAction={() => setLeaving(true)} />
      </Menu>
      {leaving ? (
        <LazyDialog onClose={() => setLeaving(false)}>
          <SignOutDialog onClose={() => setLeaving(false)} />
        </LazyDialog>
      ) : null}
    </>
  );
}
