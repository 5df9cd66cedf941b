import { useEffect, useRef, useState, type RefObject } from 'react';

/** A form, and what brings the focus to its first wrong field once that is drawn. */
export function useFocusOnWrong(): { form: RefObject<HTMLFormElement | null>; lookForWrong: () => void } {
  const form = useRef<HTMLFormElement>(null);
  const [looks, setLooks] = useState(0);
  useEffect(() => {
    if (looks > 0) form.current?.querySelector<HTMLInputElement>('[aria-invalid="true"]')?.focus();
  }, [looks]);
  return { form, lookForWrong: () => setLooks((before) => before + 1) };
}
