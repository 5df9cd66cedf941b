import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { realtime } from '@/realtime';
import { IconChevronRight, IconUsers } from '@/ui/icons';
import { takeFocus, useTyped, type Typed } from '@/ui/TypeAhead';
import { Button as AriaButton } from 'react-aria-components';
import { InviteDialog } from './InvitePeople';
import styles from './People.module.css';
import { PeoplePicker } from './PeoplePicker';

interface NewDirectProps {
  /** What was typed before this part was here. */
  typed: Typed;
  onGroup: () => void;
  onOpened: (id: string) => void;
}

/* A person to write to. */
export function NewDirect({ typed, onGroup, onOpened }: NewDirectProps) {
  const { t } = useLingui();
  const [query, setQuery] = useTyped(typed);
  const [inviting, setInviting] = useState(false);

  return (
    <div className={styles.form}>
      <AriaButton className={styles.groupButton} onPress={onGroup}>
        <span className={styles.groupIcon}>
          <IconUsers />
        </span>
        <span className={styles.groupText}>{t`New group`}</span>
        <IconChevronRight size={18} />
      </AriaButton>
      <PeoplePicker
        label={t`Name of a person`}
        query={query}
        onQuery={setQuery}
        fieldRef={takeFocus}
        onPick={(person, user) => onOpened(realtime.directWith(user ?? person))}
        onInvite={() => setInviting(true)}
      />
      {inviting ? <InviteDialog onClose={() => setInviting(false)} /> : null}
    </div>
  );
}
