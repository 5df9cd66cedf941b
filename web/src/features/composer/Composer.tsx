/* Where one writes. What is typed stays in the field: no key press renders anything but, at its edges, this component. */
import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useLayoutEffect, useRef, useState, type ClipboardEvent, type KeyboardEvent } from 'react';
import { realtime, realtimeStore, useClosed, useConversation } from '@/realtime';
import { showsNothing } from '@/ui/blank';
import { useCommand } from '@/ui/commands';
import { IconClose, IconSend, IconSmile } from '@/ui/icons';
import { IconButton } from '@/ui/IconButton';
import { showToast } from '@/ui/toasts';
import { useTouch } from '@/ui/useMediaQuery';
import { ClosedNote } from './ClosedNote';
import styles from './Composer.module.css';
import { ComposerField } from './ComposerField';
import { DraftField } from './DraftField';
import { EmojiOffers, OFFERS_ID, offerId } from './EmojiOffers';
import { EmojiPanel } from './EmojiPanel';
import { replaceSelection } from './replaceSelection';
import { fitting, roomLeft, TEXT_BYTES_MAX, toggleMark, trimmed, utf8Bytes } from './text';
import { useEmojiCompletion } from './useEmojiCompletion';
import { useTypeAnywhere } from './useTypeAnywhere';
import { useWordsFromElsewhere } from './useWordsFromElsewhere';

export interface ComposerProps {
  conversationId: string;
  /** Enter sends and Shift+Enter breaks the line; false, and always on a keyboard on the screen: Enter breaks the line and
   * Ctrl+Enter sends. */
  enterSends?: boolean | undefined;
  /** Whether opening the chat puts the caret here. */
  autoFocus?: boolean | undefined;
}

export function Composer(props: ComposerProps) {
  const peerId = useConversation(props.conversationId)?.peerId;
  if (useClosed(props.conversationId) && peerId) return <ClosedNote userId={peerId} />;
  /* A field of its own for each chat: nothing of one can appear in another. With one person there is one, begun or made. */
  return <ChatComposer key={peerId ?? props.conversationId} {...props} />;
}

function ChatComposer({ conversationId, enterSends: wanted = true, autoFocus = false }: ComposerProps) {
  const { t } = useLingui();
  const field = useRef<HTMLTextAreaElement>(null);
  const [empty, setEmpty] = useState(true);
  const [room, setRoom] = useState<number | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const [picking, setPicking] = useState(false);
  const emojiButton = useRef<HTMLButtonElement>(null);
  const completion = useEmojiCompletion(field);
  /* The keyboard on the screen has emoji of its own, and no Shift+Enter: the button beside the field sends. */
  const touch = useTouch();
  const enterSends = wanted && !touch;

  const [draft] = useState(() => new DraftField(conversationId));

  /* The field speaks with every key; React hears of it when something shown depends on it. */
  useLayoutEffect(() => {
    if (!field.current) return;
    let wasEmpty = true;
    let hadRoom: number | null = null;
    return draft.attach(field.current, (text) => {
      const isEmpty = showsNothing(text);
      const hasRoom = roomLeft(text);
      if (isEmpty !== wasEmpty) setEmpty(isEmpty);
      if (hasRoom !== hadRoom) setRoom(hasRoom);
      wasEmpty = isEmpty;
      hadRoom = hasRoom;
    });
  }, [draft]);

  useLayoutEffect(() => {
    draft.moveTo(conversationId);
  }, [draft, conversationId]);

  /* In the frame in which the chat opens: what is typed next is for it. */
  useLayoutEffect(() => {
    if (autoFocus) field.current?.focus({ preventScroll: true });
  }, [autoFocus]);
  /* A dialog that led here and closes in that frame keeps the page inert until its effects are cleaned up, before this one. */
  useEffect(() => {
    if (autoFocus && document.activeElement === document.body) field.current?.focus({ preventScroll: true });
  }, [autoFocus]);

  const submit = () => {
    if (roomIn(draft.text) < 0) return;
    const text = trimmed(draft.text);
    if (showsNothing(text)) return;
    const written = draft.take();
    setRefused(null);
    /* The row is there in this very frame; the network has its own time. */
    if (realtimeStore.getState().timelines[conversationId]?.hasNewer) void realtime.jumpToEnd(conversationId);
    realtime.send(conversationId, text).catch(() => {
      draft.restore(written);
      showToast(t`The message could not be stored on this device. It is back in the field.`, { tone: 'error' });
    });
    field.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    /* While a word is being composed, Enter chooses it. Safari says so only by the old key code. */
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (completion.onKeyDown(event)) return;
    if (isSendKey(event, enterSends)) {
      event.preventDefault();
      submit();
    }
  };

  useTypeAnywhere(field);
  useWordsFromElsewhere(field);
  useCommand('bold', () => applyMark(field.current, '**'));
  useCommand('italic', () => applyMark(field.current, '_'));
  useCommand('code', () => applyMark(field.current, '`'));
  useCommand('focusComposer', () => {
    field.current?.focus();
  });

  const onPaste = (event: ClipboardEvent<HTMLTextAreaElement>) => {
    const pasted = event.clipboardData.getData('text/plain');
    const { value, selectionStart, selectionEnd } = event.currentTarget;
    const rest = utf8Bytes(value) - utf8Bytes(value.slice(selectionStart, selectionEnd));
    if (rest + utf8Bytes(pasted) <= TEXT_BYTES_MAX) return;
    event.preventDefault();
    setRefused(pasted);
  };

  const pasteWhatFits = () => {
    const target = field.current;
    if (!target || refused === null) return;
    const { value, selectionStart, selectionEnd } = target;
    const rest = utf8Bytes(value) - utf8Bytes(value.slice(selectionStart, selectionEnd));
    target.focus();
    replaceSelection(target, fitting(refused, TEXT_BYTES_MAX - rest));
    setRefused(null);
  };

  const { shown: offers } = completion;
  const blocked = room !== null && room < 0;
  return (
    <div className={styles.composer}>
      <form
        className={styles.form}
        aria-label={t`Write a message`}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {refused === null ? null : (
          <div className={styles.notice} role="alert">
            <span className={styles.noticeText}>
              <Trans>The pasted text is too long for one message.</Trans>
            </span>
            <button type="button" className={styles.noticeAction} onClick={pasteWhatFits}>
              <Trans>Paste the part that fits</Trans>
            </button>
            <IconButton
              label={t`Close`}
              small
              tooltip="none"
              onPress={() => {
                setRefused(null);
                field.current?.focus();
              }}
            >
              <IconClose size={16} />
            </IconButton>
          </div>
        )}
        <div className={styles.row}>
          <div className={styles.box} data-over={blocked || undefined}>
            <ComposerField
              ref={field}
              label={t`Message`}
              enterHint={enterSends ? 'send' : 'enter'}
              onKeyDown={onKeyDown}
              onPaste={onPaste}
              onInput={(event) => {
                draft.onInput();
                completion.onInput(event);
              }}
              onSelect={() => {
                draft.onSelect();
                completion.onSelect();
              }}
              onBlur={completion.onBlur}
              describedBy={room === null ? undefined : 'composer-room'}
              list={offers ? OFFERS_ID : undefined}
              activeOption={offers ? offerId(offers.active) : undefined}
            />
            {touch ? null : (
              <IconButton
                ref={emojiButton}
                label={t`Emoji`}
                tooltip="top"
                aria-haspopup="dialog"
                aria-expanded={picking}
                className={styles.emoji}
                preventFocusOnPress
                onPress={() => setPicking(!picking)}
              >
                <IconSmile />
              </IconButton>
            )}
            {room === null ? null : <Room left={room} />}
            {offers ? <EmojiOffers {...offers} onTake={completion.take} /> : null}
          </div>
          <IconButton
            type="submit"
            label={t`Send`}
            tone={empty || blocked ? 'plain' : 'accent'}
            isDisabled={empty || blocked}
            tooltip="top"
            className={styles.send}
            preventFocusOnPress
          >
            <IconSend />
          </IconButton>
        </div>
      </form>
      {picking ? <EmojiPanel field={field} button={emojiButton} onClose={() => setPicking(false)} /> : null}
    </div>
  );
}

function roomIn(text: string): number {
  return roomLeft(text) ?? TEXT_BYTES_MAX;
}

function Room({ left }: { left: number }) {
  const { i18n, t } = useLingui();
  const count = new Intl.NumberFormat(i18n.locale).format(Math.abs(left));
  return (
    <span id="composer-room" className={styles.room} role="status" data-over={left < 0 || undefined}>
      {left < 0 ? t`Too long by ${count}` : t`${count} left`}
    </span>
  );
}

function isSendKey(event: KeyboardEvent, enterSends: boolean): boolean {
  if (event.key !== 'Enter' || event.altKey) return false;
  if (event.ctrlKey || event.metaKey) return true;
  return enterSends && !event.shiftKey;
}

/* Answers whether it was for this field: elsewhere the key keeps its meaning. */
function applyMark(field: HTMLTextAreaElement | null, mark: string): boolean {
  if (!field || field !== document.activeElement) return false;
  const edit = toggleMark(field.value, field.selectionStart, field.selectionEnd, mark);
  field.setSelectionRange(edit.from, edit.to);
  replaceSelection(field, edit.insert);
  field.setSelectionRange(edit.start, edit.end);
  return true;
}
