import { useSyncExternalStore } from 'react';

import { Button } from './Button';
import { classes } from './classes';
import { IconButton } from './IconButton';
import { IconAlert, IconClose } from './icons';
import styles from './ToastRegion.module.css';
import { closeToast, currentToasts, subscribeToToasts } from './toasts';

export function ToastRegion({ label, closeLabel }: { label: string; closeLabel: string }) {
  const items = useSyncExternalStore(subscribeToToasts, currentToasts);
  return (
    <div className={styles.region} role="region" aria-label={label} data-react-aria-top-layer="true">
      {items.map((item) => (
        <div key={item.id} className={classes(styles.toast, styles[item.tone])}>
          {item.tone === 'error' ? <IconAlert className={styles.icon} /> : null}
          <p className={styles.text} role={item.tone === 'error' ? 'alert' : 'status'}>
            {item.text}
          </p>
          {item.action ? (
            <Button
              size="s"
              tone="plain"
              className={styles.action}
              onPress={() => {
                closeToast(item.id);
                item.action?.run();
              }}
            >
              {item.action.label}
            </Button>
          ) : null}
          <IconButton
            label={closeLabel}
            tooltip="none"
            small
            className={styles.close}
            onPress={() => closeToast(item.id)}
          >
            <IconClose size={16} />
          </IconButton>
        </div>
      ))}
    </div>
  );
}
