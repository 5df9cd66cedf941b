import { useCallback, useEffect, useState } from 'react';
import { registrationMode, type RegistrationMode } from '@/api';

/** Who may register: not answered yet, or not to be had; then the server says so when one tries. */
export type Registration = RegistrationMode | 'asking' | 'unknown';

const answer = (): Promise<Registration> => registrationMode().catch(() => 'unknown');

/** Asked at once, so that the form is the right one when it opens; `ask` asks again. */
export function useRegistration(): { registration: Registration; ask: () => Promise<void> } {
  const [registration, setRegistration] = useState<Registration>('asking');
  const ask = useCallback(() => answer().then(setRegistration), []);
  useEffect(() => {
    void ask();
  }, [ask]);
  return { registration, ask };
}
