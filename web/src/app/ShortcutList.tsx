import { msg } from '@lingui/core/macro';
import type { MessageDescriptor } from '@lingui/core';
import { useLingui } from '@lingui/react/macro';
import styles from './ShortcutList.module.css';
import { keysText, shortcuts, type ShortcutGroup } from './shortcuts';

const groups: readonly { group: ShortcutGroup; title: MessageDescriptor }[] = [
  { group: 'everywhere', title: msg`Everywhere` },
  { group: 'chats', title: msg`Chats` },
  { group: 'conversation', title: msg`In a conversation` },
  { group: 'writing', title: msg`While writing` },
];

/* Below a dialog's title, or a page's. */
export function ShortcutList({ heading: Heading = 'h3' }: { heading?: 'h2' | 'h3' }) {
  const { i18n } = useLingui();
  return (
    <div className={styles.groups}>
      {groups.map(({ group, title }) => (
        <section key={group}>
          <Heading className={styles.title}>{i18n._(title)}</Heading>
          <dl>
            {shortcuts
              .filter((shortcut) => shortcut.group === group)
              .map((shortcut) => (
                <div key={shortcut.keys} className={styles.row}>
                  <dt>{i18n._(shortcut.text)}</dt>
                  <dd className={styles.keys}>
                    {keysText(shortcut.keys).map((key) => (
                      <kbd key={key} className={styles.key}>
                        {key}
                      </kbd>
                    ))}
                  </dd>
                </div>
              ))}
          </dl>
        </section>
      ))}
    </div>
  );
}

/* The list as a page of the settings. */
export function KeyboardPage() {
  return (
    <div className={styles.card}>
      <ShortcutList heading="h2" />
    </div>
  );
}
