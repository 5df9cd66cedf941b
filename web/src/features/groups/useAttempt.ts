import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { errorText } from '@/api';
import { showToast } from '@/ui/toasts';

/** Does something once at a time; a failure is told, with a button to try again. */
export function useAttempt(): { attempt: (work: () => Promise<void>) => Promise<void>; busy: boolean } {
  const { t } = useLingui();
  const [busy, setBusy] = useState(false);

  async function attempt(work: () => Promise<void>): Promise<void> {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      showToast(errorText(error), { tone: 'error', action: { label: t`Try again`, run: () => void attempt(work) } });
    } finally {
      setBusy(false);
    }
  }
  return { attempt, busy };
}
