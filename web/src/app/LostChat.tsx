import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useRef } from 'react';
import { useDraft, useLostChat, useName } from '@/realtime';
import { showsNothing } from '@/ui/blank';
import { Button } from '@/ui/Button';
import { copyText } from '@/ui/copyText';
import { EmptyState } from '@/ui/EmptyState';
import { IconChat, IconCopy } from '@/ui/icons';
import { showToast } from '@/ui/toasts';
import styles from './LostChat.module.css';
import { goTo } from './navigation';

/* In place of a chat that is not here: who ended it, where somebody did, and what was being written when it ended. */
export function LostChat({ id }: { id: string }) {
  const { t } = useLingui();
  const lost = useLostChat(id);
  const actor = useName(lost?.actorId) || t`Somebody`;
  const draft = useDraft(id)?.text ?? '';
  const place = useRef<HTMLDivElement>(null);
  // The field had the focus, and is gone.
  useEffect(() => {
    if (id !== '') place.current?.focus({ preventScroll: true });
  }, [id]);
  const group = lost?.title ?? '';

  return (
    <div className={styles.lost} ref={place} tabIndex={-1}>
      <EmptyState
        icon={<IconChat size={28} />}
        heading={id !== ''}
        title={
          !lost
            ? t`This chat is not here`
            : lost.deleted
              ? t`${actor} deleted the group “${group}”`
              : t`${actor} removed you from the group “${group}”`
        }
        text={
          lost ? (
            <Trans>Its messages are no longer on this device.</Trans>
          ) : (
            <Trans>It was deleted, you are no longer in it, or the link is not complete.</Trans>
          )
        }
        action={
          <Button tone="primary" onPress={() => goTo('/')}>
            <Trans>To my chats</Trans>
          </Button>
        }
      />
      {showsNothing(draft) ? null : <Written text={draft} />}
    </div>
  );
}

function Written({ text }: { text: string }) {
  const { t } = useLingui();
  async function copy(): Promise<void> {
    if (await copyText(text)) showToast(t`Copied`);
    else showToast(t`The browser refused to copy. Select the text and copy it by hand.`, { tone: 'error' });
  }
  return (
    <section className={styles.written} aria-labelledby="written-title">
      <h2 id="written-title" className={styles.title}>
        <Trans>What you were writing</Trans>
      </h2>
      <p className={styles.text} dir="auto">
        {text}
      </p>
      <Button size="s" icon={<IconCopy size={16} />} onPress={() => void copy()}>
        <Trans>Copy text</Trans>
      </Button>
    </section>
  );
}
