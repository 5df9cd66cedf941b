import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@/ui/Button';
import { EmptyState } from '@/ui/EmptyState';
import { IconAlert } from '@/ui/icons';
import styles from './NoStorage.module.css';

/* In place of everything: what one writes would be lost with the page, and that is promised never to happen. */
export function NoStorage() {
  const { t } = useLingui();
  return (
    <main className={styles.page}>
      <EmptyState
        icon={<IconAlert size={28} />}
        heading
        title={t`This browser keeps nothing for Molva`}
        text={
          <Trans>
            Messages that wait for the network and drafts are kept on your device, and the browser does not allow it
            here. Allow this site to store data, make room on the disk, or leave the private window. Then try again.
          </Trans>
        }
        action={
          <Button tone="primary" onPress={() => location.reload()}>
            <Trans>Try again</Trans>
          </Button>
        }
      />
    </main>
  );
}
