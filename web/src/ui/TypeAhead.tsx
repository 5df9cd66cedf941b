/* A part that will be written into may still be on its way when somebody begins to write. */
import { createStore, useStore, type StoreApi } from 'zustand';

/** What was typed for such a part, whoever holds the field: one for each time that it opens. */
export type Typed = StoreApi<string>;

export const newTyped = (): Typed => createStore<string>(() => '');

/** The state of the part's own field: begins with what was typed before it was here, to the last letter. */
export function useTyped(typed: Typed): [string, (text: string) => void] {
  return [useStore(typed), (text) => typed.setState(text, true)];
}

/** As the ref of a field: the focus is there in the frame in which the field is. */
export function takeFocus(field: HTMLElement | null): void {
  field?.focus({ preventScroll: true });
}

/* Stands in for the field from the first frame on, so that what is typed goes nowhere else. */
export function TypeAhead({ label, typed }: { label: string; typed: Typed }) {
  const [text, setText] = useTyped(typed);
  return (
    <input
      ref={takeFocus}
      className="visually-hidden"
      aria-label={label}
      autoComplete="off"
      value={text}
      onChange={(event) => setText(event.target.value)}
    />
  );
}
