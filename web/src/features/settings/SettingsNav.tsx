import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from 'react-aria-components';
import { useSession } from '@/api';
import { Avatar } from '@/ui/Avatar';
import { IconButton } from '@/ui/IconButton';
import { IconBack, IconChevronRight } from '@/ui/icons';
import { usePhone } from '@/ui/useMediaQuery';
import { sections, type Section, type SectionInfo } from './sections';
import styles from './SettingsNav.module.css';
import { SignOutButton } from './SignOutButton';

interface SettingsNavProps {
  section: Section | null;
  onBack: () => void;
  pathOf: (section: Section) => string;
}

function Item({ info, current, href }: { info: SectionInfo; current: boolean; href: string }) {
  const { i18n } = useLingui();
  return (
    <li>
      <Link href={href} className={styles.item} aria-current={current ? 'page' : undefined}>
        <info.Icon />
        <span className={styles.text}>{i18n._(info.title)}</span>
        <IconChevronRight size={16} className={styles.more} />
      </Link>
    </li>
  );
}

export function SettingsNav({ section, onBack, pathOf }: SettingsNavProps) {
  const { t } = useLingui();
  const { account } = useSession();
  const phone = usePhone();
  const isAdmin = account !== null && account.role !== 'MEMBER_ACCOUNT';
  const user = account?.user;
  // One h1 per view: beside a page it is that page's.
  const [Heading, Group] = phone && section === null ? (['h1', 'h2'] as const) : (['h2', 'h3'] as const);

  const items = (admin: boolean) =>
    sections
      .filter((info) => info.admin === admin)
      .map((info) => <Item key={info.id} info={info} current={info.id === section} href={pathOf(info.id)} />);

  return (
    <div className={styles.column}>
      <header className={styles.header}>
        <IconButton label={t`Back to the chats`} tooltip="none" onPress={onBack}>
          <IconBack />
        </IconButton>
        <Heading className={styles.title}>
          <Trans>Settings</Trans>
        </Heading>
      </header>
      <div className={styles.body}>
        {user ? (
          <div className={styles.me}>
            <Avatar id={user.id} name={user.display_name} size="l" />
            <div className={styles.words}>
              <span className={styles.name}>{user.display_name}</span>
              <span className={styles.username}>@{user.username}</span>
            </div>
          </div>
        ) : null}
        <ul>{items(false)}</ul>
        {isAdmin ? (
          <>
            <Group className={styles.group} id="settings-server">
              <Trans>This server</Trans>
            </Group>
            <ul aria-labelledby="settings-server">{items(true)}</ul>
          </>
        ) : null}
        <div className={styles.end}>
          <SignOutButton />
        </div>
      </div>
    </div>
  );
}
