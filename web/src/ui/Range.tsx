import { useEffect, useId, useRef, useState } from 'react';

import styles from './Range.module.css';

export type RangeProps = {
  label: string;
  min: number;
  max: number;
  step: number;
  value: number;
  /* The value in words. */
  textOf: (value: number) => string;
  /* When it is let go, or with each key: what changes the page must not do so under the finger. */
  onChange: (value: number) => void;
};

/* A value between two ends. */
export function Range({ label, min, max, step, value, textOf, onChange }: RangeProps) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [held, setHeld] = useState<number | null>(null);
  const shown = held ?? value;
  useEffect(() => {
    // React's own onChange comes with every step of the pointer.
    const input = field.current;
    const done = () => {
      setHeld(null);
      onChange(Number(input?.value));
    };
    input?.addEventListener('change', done);
    return () => input?.removeEventListener('change', done);
  }, [onChange]);
  return (
    <div className={styles.range}>
      <div className={styles.head}>
        <label htmlFor={id}>{label}</label>
        <output htmlFor={id}>{textOf(shown)}</output>
      </div>
      <input
        ref={field}
        id={id}
        className={styles.input}
        type="range"
        min={min}
        max={max}
        step={step}
        value={shown}
        aria-valuetext={textOf(shown)}
        onChange={(event) => setHeld(Number(event.target.value))}
      />
    </div>
  );
}
