import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useState, type RefObject } from 'react';
import { Button } from '@/ui/Button';
import { Spinner } from '@/ui/Spinner';
import { newTyped, TypeAhead } from '@/ui/TypeAhead';
import styles from './EmojiPanel.module.css';
import { replaceSelection } from './replaceSelection';

export interface EmojiPanelProps {
  field: RefObject<HTMLTextAreaElement | null>;
  /** A press on it closes the panel by itself. */
  button: RefObject<HTMLElement | null>;
  onClose: () => void;
}

type Parts = Awaited<ReturnType<typeof load>>;

async function load() {
  const { loadEmoji, ...parts } = await import('./panelParts');
  return { ...parts, entries: await loadEmoji() };
}

/* Beside the form, not in it: Enter in its search field is no message. */
export function EmojiPanel({ field, button, onClose }: EmojiPanelProps) {
  const { t } = useLingui();
  const [typed] = useState(newTyped);
  const [parts, setParts] = useState<Parts | 'loading' | 'failed'>('loading');

  useEffect(() => {
    if (parts !== 'loading') return;
    let here = true;
    load().then(
      (loaded) => here && setParts(loaded),
      () => here && setParts('failed'),
    );
    return () => {
      here = false;
    };
  }, [parts]);

  const pick = (loaded: Exclude<Parts, string>, emoji: string, more: boolean) => {
    const target = field.current;
    if (!target) return;
    if (!more) {
      onClose();
      target.focus();
    }
    replaceSelection(target, emoji);
    loaded.rememberEmoji(emoji);
  };

  return (
    // eslint-disable-next-line jsx-a11y-x/no-noninteractive-element-interactions -- Esc closes a dialog
    <div
      role="dialog"
      aria-label={t`Emoji`}
      aria-busy={parts === 'loading'}
      tabIndex={-1}
      className={styles.panel}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        event.stopPropagation();
        onClose();
        field.current?.focus();
      }}
      onBlur={({ relatedTarget, currentTarget }) => {
        if (!relatedTarget || currentTarget.contains(relatedTarget) || button.current?.contains(relatedTarget)) return;
        onClose();
      }}
    >
      {parts === 'loading' ? (
        <div className={styles.middle}>
          <TypeAhead label={t`Find an emoji`} typed={typed} />
          <Spinner />
        </div>
      ) : parts === 'failed' ? (
        <div className={styles.middle} role="alert">
          <p>
            <Trans>The emoji could not be loaded.</Trans>
          </p>
          <Button onPress={() => setParts('loading')}>
            <Trans>Try again</Trans>
          </Button>
        </div>
      ) : (
        <parts.PanelPicker entries={parts.entries} typed={typed} onPick={(emoji, more) => pick(parts, emoji, more)} />
      )}
    </div>
  );
}
