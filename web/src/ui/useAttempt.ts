import { useRef, useState } from 'react';
import { closeToast, showToast } from './toasts';

export interface Told {
  /** A failure in plain words. */
  says: (error: unknown) => string;
  /** The name of the button. */
  again: string;
}

/** Does something once at a time; a failure is told, with a button to try again. */
export function useAttempt({ says, again }: Told): {
  attempt: (work: () => Promise<void>) => Promise<void>;
  busy: boolean;
} {
  const [busy, setBusy] = useState(false);
  const failure = useRef(0);

  async function attempt(work: () => Promise<void>): Promise<void> {
    // The button of an earlier failure would do it once more.
    closeToast(failure.current);
    setBusy(true);
    try {
      await work();
    } catch (error) {
      const action = { label: again, run: () => void attempt(work) };
      failure.current = showToast(says(error), { tone: 'error', action });
    } finally {
      setBusy(false);
    }
  }
  return { attempt, busy };
}
