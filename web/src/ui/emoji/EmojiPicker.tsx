import { EmojiPicker as Picker, type EmojiPickerListEmojiProps, type EmojiPickerListRowProps } from 'frimousse';
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';

import type { Language } from '../preferences';
import { takeFocus, useTyped, type Typed } from '../TypeAhead';
import { GROUPS, type EmojiEntry, type EmojiGroup } from './data';
import styles from './EmojiPicker.module.css';
import { emojiMemory, RECENT_MAX, rememberTone } from './memory';
import { pickerData, signOf } from './pickerData';
import { toned, TONES, type Tone } from './tones';

export interface EmojiTexts {
  search: string;
  nothing: string;
  recent: string;
  all: string;
  groups: Record<EmojiGroup, string>;
  jumpTo: string;
  tone: string;
  tones: Record<Tone, string>;
}

export interface EmojiPickerProps {
  entries: readonly EmojiEntry[];
  language: Language;
  texts: EmojiTexts;
  /** What was typed before the picker was here. */
  typed: Typed;
  /** With Shift one goes on picking. */
  onPick: (emoji: string, more: boolean) => void;
}

/* One tab stop; the arrows go along it. */
function onStripKeyDown(event: KeyboardEvent<HTMLDivElement>): void {
  const step = { ArrowRight: 'next', ArrowLeft: 'previous' }[event.key];
  if (!step || !(event.target instanceof HTMLElement)) return;
  event.preventDefault();
  const next = step === 'next' ? event.target.nextElementSibling : event.target.previousElementSibling;
  if (next instanceof HTMLElement) next.focus();
}

function Strip({ label, className, children }: { label: string; className: string | undefined; children: ReactNode }) {
  return (
    <div role="toolbar" aria-label={label} tabIndex={-1} className={className} onKeyDown={onStripKeyDown}>
      {children}
    </div>
  );
}

/* The library counts rows and columns from 0, which ARIA does not know; the name of the active emoji is said by itself. */
function Row({ children, ...props }: EmojiPickerListRowProps) {
  return (
    <div {...props} aria-rowindex={undefined} className={styles.row}>
      {children}
    </div>
  );
}

/* Whether the active emoji was reached by keys: what the pointer is over must not move away under it. */
let byKeys = false;
const noteKeys = (keys: boolean): void => {
  byKeys = keys;
};

function Cell({ emoji, ...props }: EmojiPickerListEmojiProps) {
  const cell = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (emoji.isActive && byKeys) cell.current?.scrollIntoView({ block: 'nearest' });
  }, [emoji.isActive]);
  return (
    <button type="button" {...props} ref={cell} aria-colindex={undefined} className={styles.cell}>
      {emoji.emoji}
    </button>
  );
}

const Heading = ({ category, ...props }: { category: { label: string } }) => (
  <div {...props} className={styles.heading}>
    {category.label}
  </div>
);

export function EmojiPicker({ entries, language, texts, typed, onPick }: EmojiPickerProps) {
  const [memory] = useState(emojiMemory);
  const [tone, setTone] = useState(memory.tone);
  const [search, setSearch] = useTyped(typed);
  const viewport = useRef<HTMLDivElement>(null);
  const more = useRef(false);

  const jump = (group: EmojiGroup) => {
    const all = viewport.current?.querySelectorAll<HTMLElement>('[frimousse-category]');
    const [, ...categories] = all ?? []; // the first is for measuring
    viewport.current?.scrollTo({ top: categories[GROUPS.indexOf(group)]?.offsetTop ?? 0 });
  };
  const noteShift = (event: { shiftKey: boolean }, keys: boolean) => {
    more.current = event.shiftKey;
    noteKeys(keys);
  };

  return (
    <Picker.Root
      className={styles.picker}
      columns={RECENT_MAX}
      locale={language}
      skinTone={tone}
      resolveEmojiData={() => pickerData(entries, language, texts)}
      onEmojiSelect={({ emoji }) => onPick(emoji, more.current)}
      onKeyDownCapture={(event) => noteShift(event, true)}
      onClickCapture={(event) => noteShift(event, false)}
      onPointerMoveCapture={() => noteKeys(false)}
    >
      <Picker.Search
        ref={takeFocus}
        className={styles.search}
        aria-label={texts.search}
        placeholder={texts.search}
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      {search !== '' ? null : (
        <>
          {memory.recent.length > 0 ? (
            <Strip label={texts.recent} className={styles.recent}>
              {memory.recent.map((emoji, i) => (
                <button
                  key={emoji}
                  type="button"
                  className={styles.cell}
                  tabIndex={i === 0 ? 0 : -1}
                  aria-label={nameOf(entries, emoji, language)}
                  onClick={() => onPick(emoji, more.current)}
                >
                  {emoji}
                </button>
              ))}
            </Strip>
          ) : null}
          <Strip label={texts.jumpTo} className={styles.groups}>
            {GROUPS.map((group, i) => (
              <button
                key={group}
                type="button"
                className={styles.group}
                tabIndex={i === 0 ? 0 : -1}
                aria-label={texts.groups[group]}
                title={texts.groups[group]}
                onClick={() => jump(group)}
              >
                {signOf(entries, group)}
              </button>
            ))}
          </Strip>
        </>
      )}
      <Picker.Viewport ref={viewport} className={styles.viewport} tabIndex={0} role="group" aria-label={texts.all}>
        <Picker.Empty className={styles.empty}>{texts.nothing}</Picker.Empty>
        <Picker.List
          aria-label={texts.all}
          aria-rowcount={undefined}
          aria-colcount={undefined}
          components={{ CategoryHeader: Heading, Row, Emoji: Cell }}
        />
      </Picker.Viewport>
      <div className={styles.foot}>
        <span className={styles.name} aria-hidden="true">
          <Picker.ActiveEmoji>{({ emoji }) => emoji?.label ?? ''}</Picker.ActiveEmoji>
        </span>
        <fieldset className={styles.tones}>
          <legend className="visually-hidden">{texts.tone}</legend>
          {TONES.map((each) => (
            <label key={each} className={styles.tone} title={texts.tones[each]}>
              <input
                className="visually-hidden"
                type="radio"
                name="skin-tone"
                aria-label={texts.tones[each]}
                checked={tone === each}
                onChange={() => {
                  setTone(each);
                  rememberTone(each);
                }}
              />
              <span aria-hidden="true">{toned('✋', each)}</span>
            </label>
          ))}
        </fieldset>
      </div>
    </Picker.Root>
  );
}

function nameOf(entries: readonly EmojiEntry[], emoji: string, language: Language): string {
  return entries.find((entry) => emoji === entry.emoji || isToneOf(emoji, entry))?.label[language] ?? emoji;
}

function isToneOf(emoji: string, entry: EmojiEntry): boolean {
  return entry.toned && TONES.some((tone) => toned(entry.emoji, tone) === emoji);
}
