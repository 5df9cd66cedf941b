import { useLingui } from '@lingui/react/macro';
import { Suspense, useState } from 'react';
import { Dialog } from '@/ui/Dialog';
import { lazyPart } from '@/ui/lazyPart';
import { newTyped, TypeAhead } from '@/ui/TypeAhead';

const loadParts = () => import('./newChatParts');
const NewDirect = lazyPart(loadParts, (part) => part.NewDirect);
const NewGroup = lazyPart(loadParts, (part) => part.NewGroup);

export interface NewChatProps {
  onClose: () => void;
  onOpenChat: (id: string) => void;
}

/* A person to write to, or several for a group. The frame is there at once, what is in it may come later. */
export function NewChat({ onClose, onOpenChat }: NewChatProps) {
  const { t } = useLingui();
  const [forGroup, setForGroup] = useState(false);
  const [typed] = useState(newTyped);
  const opened = (id: string) => {
    onClose();
    onOpenChat(id);
  };
  // A boundary of its own: without one, the page behind would vanish until it is here.
  if (forGroup)
    return (
      <Suspense fallback={null}>
        <NewGroup onClose={onClose} onBack={() => setForGroup(false)} onCreated={opened} />
      </Suspense>
    );
  return (
    <Dialog title={t`New chat`} isOpen onClose={onClose} closeLabel={t`Close`} width="m" tall>
      <Suspense fallback={<TypeAhead label={t`Name of a person`} typed={typed} />}>
        <NewDirect typed={typed} onGroup={() => setForGroup(true)} onOpened={opened} />
      </Suspense>
    </Dialog>
  );
}
