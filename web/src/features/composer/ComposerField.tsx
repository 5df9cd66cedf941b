import { memo, useLayoutEffect, useRef, type ClipboardEventHandler, type KeyboardEventHandler, type Ref } from 'react';
import { autoGrow } from './autoGrow';
import styles from './Composer.module.css';

interface ComposerFieldProps {
  ref: Ref<HTMLTextAreaElement>;
  label: string;
  enterHint: 'send' | 'enter';
  describedBy: string | undefined;
  onKeyDown: KeyboardEventHandler<HTMLTextAreaElement>;
  onPaste: ClipboardEventHandler<HTMLTextAreaElement>;
  onInput: () => void;
  onSelect: () => void;
}

/* The field holds its text itself: React knows nothing of it and has nothing to do when a key is pressed. */
export const ComposerField = memo(function ComposerField(props: ComposerFieldProps) {
  const { ref, label, enterHint, describedBy, onKeyDown, onPaste, onInput, onSelect } = props;
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
      enterKeyHint={enterHint}
      autoComplete="off"
      onKeyDown={onKeyDown}
      onPaste={onPaste}
      onInput={(event) => {
        autoGrow(event.currentTarget);
        onInput();
      }}
      onSelect={onSelect}
    />
  );
});
