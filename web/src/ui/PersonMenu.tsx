import { useLingui } from '@lingui/react/macro';
import { copyText } from './copyText';
import { IconCopy, IconUser } from './icons';
import { MenuItem } from './Menu';
import { showCard } from './personCard';
import { PressMenu, type Point } from './PressMenu';
import { showToast } from './toasts';

interface PersonMenuProps {
  person: { id: string; name: string; username?: string };
  at: Point;
  onClose: () => void;
}

/* What can be done with somebody who stands in a list to choose from. */
export function PersonMenu({ person, at, onClose }: PersonMenuProps) {
  const { t } = useLingui();
  const { id, name, username = '' } = person;
  const copyName = useCopyName(username);
  return (
    <PressMenu at={at} label={t`Actions for ${name}`} onClose={onClose}>
      <MenuItem text={t`Profile`} icon={<IconUser />} onAction={() => showCard(id, { aside: true })} />
      {username ? <MenuItem text={t`Copy the name`} icon={<IconCopy />} onAction={copyName} /> : null}
    </PressMenu>
  );
}

/** Copies "@name". */
export function useCopyName(username: string): () => void {
  const { t } = useLingui();
  const name = `@${username}`;
  return () =>
    void copyText(name).then((copied) => {
      if (copied) showToast(t`Copied: ${name}`, { timeoutMs: 2500 });
      else showToast(t`The browser does not let us copy`, { tone: 'error' });
    });
}
