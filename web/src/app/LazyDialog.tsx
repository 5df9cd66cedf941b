import { useLingui } from '@lingui/react/macro';
import { Suspense, type ReactNode } from 'react';
import { Dialog } from '@/ui/Dialog';
import { PartBoundary } from '@/ui/PartBoundary';

/* A dialog that comes with its part: where that does not come, a dialog says so, and the page behind stays. */
export function LazyDialog({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  const { t } = useLingui();
  return (
    <PartBoundary
      frame={(failed) => (
        <Dialog title={t`This did not load`} hideTitle isOpen onClose={onClose} closeLabel={t`Close`}>
          {failed}
        </Dialog>
      )}
    >
      <Suspense fallback={null}>{children}</Suspense>
    </PartBoundary>
  );
}
