import { useState } from 'react';
import { showToast } from './toasts';

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

  async function attempt(work: () => Promise<void>): Promise<void> {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      showToast(says(error), { tone: 'error', action: { label: again, run: () => void attempt(work) } });
    } finally {
      setBusy(false);
    }
  }
  return { attempt, busy };
}
