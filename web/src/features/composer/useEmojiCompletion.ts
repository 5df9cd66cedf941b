/* Emoji offered while a name is typed behind a colon. A key press costs a look at the word before the caret; names of emoji
 * are fetched when the first such word stands there. */
import { useLingui } from '@lingui/react/macro';
import { useRef, useState, type KeyboardEvent, type RefObject } from 'react';
import type * as Emoji from '@/ui/emoji';
import { announce } from '@/ui/LiveRegion';
import type { Language } from '@/ui/preferences';
import { emojiTokenAt, type EmojiToken } from './emojiToken';
import { replaceSelection } from './replaceSelection';

const OFFERED_MAX = 6;

export interface EmojiOffer {
  /** With the remembered skin tone. */
  emoji: string;
  label: string;
  code: string | undefined;
}

interface Offers {
  token: EmojiToken;
  offers: readonly EmojiOffer[];
  active: number;
}

type Names = typeof Emoji & { entries: readonly Emoji.EmojiEntry[] };

async function loadNames(): Promise<Names> {
  const names = await import('@/ui/emoji');
  return { ...names, entries: await names.loadEmoji() };
}

function tokenIn(field: HTMLTextAreaElement): EmojiToken | null {
  return field.selectionStart === field.selectionEnd ? emojiTokenAt(field.value, field.selectionEnd) : null;
}

export function useEmojiCompletion(field: RefObject<HTMLTextAreaElement | null>) {
  const { i18n, t } = useLingui();
  const [shown, setShown] = useState<Offers | null>(null);
  const current = useRef<Offers | null>(null);
  const names = useRef<Names | null>(null);
  /* Esc was pressed for the token that begins here. */
  const dismissed = useRef(-1);

  const show = (next: Offers | null) => {
    if (next === current.current) return;
    if (next && current.current?.token.from !== next.token.from) {
      const count = next.offers.length;
      announce(t`Emoji: ${count}. Choose with the arrows, insert with Enter`);
    }
    current.current = next;
    setShown(next);
  };

  const offersFor = (token: EmojiToken, { entries, findEmoji, emojiMemory, toned }: Names): Offers | null => {
    const { recent, tone } = emojiMemory();
    const language = i18n.locale as Language;
    const offers = findEmoji(entries, token.name, { language, recent, limit: OFFERED_MAX }).map((entry) => ({
      emoji: entry.toned ? toned(entry.emoji, tone) : entry.emoji,
      label: entry.label[language],
      code: entry.codes[0],
    }));
    return offers.length > 0 ? { token, offers, active: 0 } : null;
  };

  /* What stands from the colon to the caret becomes the emoji, as one step that can be undone. */
  const replace = (token: EmojiToken, emoji: string) => {
    const target = field.current;
    if (!target) return;
    target.setSelectionRange(token.from, target.selectionEnd);
    show(null);
    replaceSelection(target, emoji);
    names.current?.rememberEmoji(emoji);
  };

  /* A name between two colons is meant as it stands. */
  const replaceWhole = (target: HTMLTextAreaElement, { entries, emojiOfCode, emojiMemory, toned }: Names): boolean => {
    const end = target.selectionEnd - 1;
    const token = emojiTokenAt(target.value, end);
    const entry = token && emojiOfCode(entries, token.name);
    if (!entry) return false;
    replace(token, entry.toned ? toned(entry.emoji, emojiMemory().tone) : entry.emoji);
    return true;
  };

  const look = (closed: boolean) => {
    const target = field.current;
    if (!target || document.activeElement !== target) return;
    const ready = names.current;
    if (closed && ready && replaceWhole(target, ready)) return;
    const token = tokenIn(target);
    if (token && ready) show(offersFor(token, ready));
    else show(null);
  };

  const onInput = ({ isComposing, data, inputType }: InputEvent) => {
    const target = field.current;
    if (!target) return;
    const end = target.selectionEnd;
    const closed =
      !isComposing && inputType === 'insertText' && data === ':' && emojiTokenAt(target.value, end - 1) !== null;
    const token = isComposing ? null : tokenIn(target);
    if (!token && !closed) {
      dismissed.current = -1;
      show(null);
    } else if (token?.from === dismissed.current) show(null);
    else if (names.current) look(closed);
    else {
      const { value } = target;
      loadNames().then(
        (loaded) => {
          names.current = loaded;
          look(closed && target.value === value);
        },
        /* One goes on writing; the next letter asks again. */
        () => undefined,
      );
    }
  };

  const onSelect = () => {
    const target = field.current;
    if (!current.current || !target) return;
    if (tokenIn(target)?.from !== current.current.token.from) show(null);
  };

  const take = (offer: EmojiOffer) => {
    if (current.current) replace(current.current.token, offer.emoji);
  };

  /** Whether the key was for the list. */
  const onKeyDown = (event: KeyboardEvent): boolean => {
    const list = current.current;
    if (!list || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return false;
    const { offers, active, token } = list;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const offer = offers[active];
    if (step) show({ ...list, active: (active + step + offers.length) % offers.length });
    else if ((event.key === 'Enter' || event.key === 'Tab') && offer) replace(token, offer.emoji);
    else if (event.key === 'Escape') {
      dismissed.current = token.from;
      show(null);
    } else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };

  return { shown, take, onInput, onSelect, onKeyDown, onBlur: () => show(null) };
}
