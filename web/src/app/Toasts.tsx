import { useLingui } from '@lingui/react/macro';
import { ToastRegion } from '@/ui/ToastRegion';

export function Toasts() {
  const { t } = useLingui();
  return <ToastRegion label={t`Notifications`} closeLabel={t`Close`} />;
}
