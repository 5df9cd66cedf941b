import { useLingui } from '@lingui/react/macro';
import { useEffect, useRef, type ReactNode } from 'react';
import { useSession } from '@/api';
import { IconButton } from '@/ui/IconButton';
import { IconBack } from '@/ui/icons';
import { usePhone } from '@/ui/useMediaQuery';
import { AccountsSection } from './AccountsSection';
import { AppearanceSection } from './AppearanceSection';
import { InvitesSection } from './InvitesSection';
import { PasswordSection } from './PasswordSection';
import { ProfileSection } from './ProfileSection';
import { sections, type Section } from './sections';
import { SessionsSection } from './SessionsSection';
import styles from './SettingsPage.module.css';
import { WritingSection } from './WritingSection';

interface SettingsPageProps {
  section: Section;
  onBack: () => void;
  /** The list of shortcuts, which the app knows. */
  keyboard: ReactNode;
}

function Content({ section, keyboard }: { section: Section; keyboard: ReactNode }) {
  const isAdmin = useSession().account?.role !== 'MEMBER_ACCOUNT';
  switch (section) {
    case 'profile':
      return <ProfileSection />;
    case 'password':
      return <PasswordSection />;
    case 'sessions':
      return <SessionsSection />;
    case 'appearance':
      return <AppearanceSection />;
    case 'chats':
      return <WritingSection />;
    case 'keyboard':
      return keyboard;
    case 'invites':
      return isAdmin ? <InvitesSection /> : null;
    case 'accounts':
      return isAdmin ? <AccountsSection /> : null;
  }
}

export function SettingsPage({ section, onBack, keyboard }: SettingsPageProps) {
  const { t, i18n } = useLingui();
  const phone = usePhone();
  const heading = useRef<HTMLHeadingElement>(null);
  const info = sections.find((each) => each.id === section);
  const first = useRef(true);
  useEffect(() => {
    // On a phone the page takes the place of the list: the focus goes along. Beside the list it stays in it.
    if (phone || !first.current) heading.current?.focus({ preventScroll: true });
    first.current = false;
  }, [section, phone]);

  return (
    <>
      <header className={styles.header}>
        {phone ? (
          <IconButton label={t`Back to the settings`} tooltip="none" onPress={onBack}>
            <IconBack />
          </IconButton>
        ) : null}
        <h1 id="settings-title" ref={heading} tabIndex={-1} className={styles.title}>
          {info ? i18n._(info.title) : null}
        </h1>
      </header>
      {/* What scrolls must be reachable by keyboard, also when there is nothing in it to press. */}
      {/* eslint-disable-next-line jsx-a11y-x/no-noninteractive-tabindex */}
      <div className={styles.body} role="region" aria-labelledby="settings-title" tabIndex={0}>
        <div className={styles.content} key={section}>
          <Content section={section} keyboard={keyboard} />
        </div>
      </div>
    </>
  );
}
