import { memo, useLayoutEffect, useRef, type ClipboardEventHandler, type KeyboardEventHandler, type Ref } from 'react';
import { autoGrow } from './autoGrow';
import styles from './Composer.module.css';

interface ComposerFieldProps {
  ref: Ref<HTMLTextAreaElement>;
  label: string;
  enterHint: 'send' | 'enter';
  describedBy: string | undefined;
  /** The list of suggestions that is open for it, and the active one: both ids. */
  list: string | undefined;
  activeOption: string | undefined;
  onKeyDown: KeyboardEventHandler<HTMLTextAreaElement>;
  onPaste: ClipboardEventHandler<HTMLTextAreaElement>;
  onInput: (event: InputEvent) => void;
  onSelect: () => void;
  onBlur: () => void;
}

/* The field holds its text itself: React knows nothing of it and has nothing to do when a key is pressed. */
export const ComposerField = memo(function ComposerField(props: ComposerFieldProps) {
  const { ref, label, enterHint, describedBy, list, activeOption, onKeyDown, onPaste, onInput, onSelect, onBlur } =
    props;
  const own = useRef<HTMLTextAreaElement | null>(null);
  useLayoutEffect(() => {
    if (own.current) autoGrow(own.current);
  }, []);
  return (
    <textarea
      id="composer"
      ref={(node) => {
        own.current = node;
        if (typeof ref === 'function') ref(node);
        else if (ref) ref.current = node;
      }}
      className={styles.field}
      rows={1}
      dir="auto"
      aria-label={label}
      placeholder={label}
      aria-describedby={describedBy}
      // A textarea may have no other role than textbox, which has these of the combobox pattern.
      aria-autocomplete="list"
      aria-haspopup={list === undefined ? undefined : 'listbox'}
      aria-controls={list}
      aria-activedescendant={activeOption}
      enterKeyHint={enterHint}
      autoComplete="off"
      onKeyDown={onKeyDown}
      onPaste={onPaste}
      onInput={(event) => {
        autoGrow(event.currentTarget);
        onInput(event.nativeEvent as InputEvent);
      }}
      onSelect={onSelect}
      onBlur={onBlur}
    />
  );
});
