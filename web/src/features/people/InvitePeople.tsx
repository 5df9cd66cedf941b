import { Trans, useLingui } from '@lingui/react/macro';
import { Suspense, useState } from 'react';
import { errorText } from '@/api';
import { Button } from '@/ui/Button';
import { copyText } from '@/ui/copyText';
import { Dialog } from '@/ui/Dialog';
import { IconCheck, IconCopy, IconLink, IconQr, IconShare } from '@/ui/icons';
import { lazyPart } from '@/ui/lazyPart';
import { Spinner } from '@/ui/Spinner';
import { showToast } from '@/ui/toasts';
import styles from './People.module.css';
import { useInviteLink } from './useInviteLink';

const QrCode = lazyPart(
  () => import('./QrCode'),
  (part) => part.QrCode,
);

/* A link to this server: to copy, to show to a camera, to hand to another program. */
export function InvitePeople() {
  const link = useInviteLink();
  switch (link.state) {
    case 'asking':
      return <Spinner />;
    case 'closed':
      return (
        <p className={styles.quiet}>
          <Trans>Registration is closed on this server. Whoever runs it can open it, or make accounts.</Trans>
        </p>
      );
    case 'not-mine':
      return (
        <p className={styles.quiet}>
          <Trans>People come here by invitation. An administrator of this server can make one.</Trans>
        </p>
      );
    case 'to-make':
      return (
        <div className={styles.buttons}>
          <Button tone="primary" icon={<IconLink size={18} />} isPending={link.making} onPress={link.make}>
            <Trans>Create an invitation link</Trans>
          </Button>
          {link.error ? <p role="alert">{errorText(link.error)}</p> : null}
        </div>
      );
    case 'ready':
      return <Link url={link.url} limited={link.limited} />;
  }
}

function Link({ url, limited }: { url: string; limited: boolean }) {
  const { t } = useLingui();
  const [copied, setCopied] = useState(false);
  const [showsCode, setShowsCode] = useState(false);

  async function copy(): Promise<void> {
    const done = await copyText(url);
    setCopied(done);
    if (!done) showToast(t`The browser refused to copy. Select the link and copy it by hand.`, { tone: 'error' });
  }
  // Who closes the sheet has not failed.
  const share = () => void navigator.share({ url, text: t`Join me on Molva` }).catch(() => undefined);

  return (
    <div className={styles.card}>
      <span className={styles.link}>{url}</span>
      <div className={styles.buttons}>
        <Button
          tone="primary"
          icon={copied ? <IconCheck size={18} /> : <IconCopy size={18} />}
          onPress={() => void copy()}
        >
          {copied ? <Trans>Copied</Trans> : <Trans>Copy the link</Trans>}
        </Button>
        <Button icon={<IconQr size={18} />} aria-expanded={showsCode} onPress={() => setShowsCode(!showsCode)}>
          <Trans>QR code</Trans>
        </Button>
        {'share' in navigator ? (
          <Button icon={<IconShare size={18} />} onPress={share}>
            <Trans>Share</Trans>
          </Button>
        ) : null}
      </div>
      {showsCode ? (
        <Suspense fallback={<Spinner />}>
          <QrCode text={url} label={t`QR code of the link`} />
        </Suspense>
      ) : null}
      {limited ? (
        <p className={styles.quiet}>
          <Trans>It lets in 25 people within a week. In Settings you can revoke it and make others.</Trans>
        </p>
      ) : null}
    </div>
  );
}

export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  return (
    <Dialog title={t`Invite people`} isOpen onClose={onClose} closeLabel={t`Close`} width="m">
      <InvitePeople />
    </Dialog>
  );
}
