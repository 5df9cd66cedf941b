import { useLingui } from '@lingui/react/macro';
import { Dialog } from '@/ui/Dialog';
import { ShortcutList } from './ShortcutList';

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  return (
    <Dialog title={t`Keyboard shortcuts`} isOpen onClose={onClose} closeLabel={t`Close`} width="m" readOnly>
      <ShortcutList />
    </Dialog>
  );
}
