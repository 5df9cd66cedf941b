import type { ReactNode } from 'react';
import { IconAlert, IconInfo } from '@/ui/icons';
import styles from './Notice.module.css';

export function Notice({ tone = 'info', children }: { tone?: 'info' | 'error'; children: ReactNode }) {
  return (
    <div className={styles.notice} data-tone={tone} role={tone === 'error' ? 'alert' : 'status'}>
      {tone === 'error' ? <IconAlert /> : <IconInfo />}
      <p>{children}</p>
    </div>
  );
}
