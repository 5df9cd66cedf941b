import { useLingui } from '@lingui/react/macro';
import { Suspense } from 'react';
import { Dialog } from '@/ui/Dialog';
import { lazyPart } from '@/ui/lazyPart';

const ShortcutList = lazyPart(
  () => import('./ShortcutList'),
  (part) => part.ShortcutList,
);

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  return (
    <Dialog title={t`Keyboard shortcuts`} isOpen onClose={onClose} closeLabel={t`Close`} width="m" readOnly>
      <Suspense fallback={null}>
        <ShortcutList />
      </Suspense>
    </Dialog>
  );
}
