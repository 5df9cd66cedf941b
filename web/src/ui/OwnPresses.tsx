import { useRef, type ReactNode, type SyntheticEvent } from 'react';
import styles from './OwnPresses.module.css';

/* Around what opens under a finger or a pointer: the press that opened it ends there, and must choose nothing. Until a
 * press or a key begins inside, no end of one gets through. */
export function OwnPresses({ children }: { children: ReactNode }) {
  const began = useRef(false);
  const begin = () => {
    began.current = true;
  };
  const end = (event: SyntheticEvent<HTMLElement>) => {
    if (began.current) return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      className={styles.own}
      role="presentation"
      onPointerDownCapture={begin}
      onKeyDownCapture={begin}
      onPointerUpCapture={end}
      onMouseUpCapture={end}
      onTouchEndCapture={end}
      onClickCapture={(event) => {
        // A click that no press led to is that of a screen reader or a script: it counts none.
        if (event.detail > 0) end(event);
      }}
    >
      {children}
    </div>
  );
}
