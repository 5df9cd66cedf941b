import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { Button } from '@/ui/Button';
import { copyText } from '@/ui/copyText';
import { IconCheck, IconCopy } from '@/ui/icons';
import { showToast } from '@/ui/toasts';
import styles from './SettingsPage.module.css';

/** The code stands behind the #, which browsers send to no server. */
export function inviteUrl(code: string): string {
  return `${location.origin}/#invite=${encodeURIComponent(code)}`;
}

/* Shown once: the server keeps only a hash of it. */
export function InviteLink({ code }: { code: string }) {
  const { t } = useLingui();
  const [copied, setCopied] = useState(false);
  const url = inviteUrl(code);

  async function copy(): Promise<void> {
    const done = await copyText(url);
    setCopied(done);
    if (!done) showToast(t`The browser refused to copy. Select the link and copy it by hand.`, { tone: 'error' });
  }

  return (
    <div role="status">
      <div className={styles.copy}>
        <span className={styles.code}>{url}</span>
        <Button
          size="s"
          tone="primary"
          icon={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
          onPress={() => void copy()}
        >
          {copied ? <Trans>Copied</Trans> : <Trans>Copy the link</Trans>}
        </Button>
      </div>
      <p className={styles.quiet}>
        <Trans>Send this link to the people you invite. It is not shown again.</Trans>
      </p>
    </div>
  );
}
