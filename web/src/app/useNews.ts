/* What the page has to tell by itself: without moving anything that one looks at. */
import { useLingui } from '@lingui/react/macro';
import { useEffect, useRef } from 'react';
import { useConnection } from '@/realtime';
import { announce } from '@/ui/LiveRegion';
import { closeToast, showToast } from '@/ui/toasts';
import { takeUpdate, useUpdateWaiting } from './serviceWorker';

/** Headers show that the connection is lost; those who listen hear it. */
export function useConnectionNews(): void {
  const { t } = useLingui();
  const { lost } = useConnection();
  const told = useRef(false);
  useEffect(() => {
    if (lost === told.current) return;
    told.current = lost;
    announce(lost ? t`Waiting for the network. You can keep writing.` : t`Connected again.`);
  }, [lost, t]);
}

export function useUpdateNews(): void {
  const { t } = useLingui();
  const waiting = useUpdateWaiting();
  useEffect(() => {
    if (!waiting) return;
    const action = { label: t`Update`, run: takeUpdate };
    const shown = showToast(t`There is a new version of Molva.`, { action, timeoutMs: 0 });
    return () => closeToast(shown);
  }, [waiting, t]);
}
