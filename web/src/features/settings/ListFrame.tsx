import type { UseQueryResult } from '@tanstack/react-query';
import { Trans } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { errorText } from '@/api';
import { Button } from '@/ui/Button';
import { EmptyState } from '@/ui/EmptyState';
import { Skeleton } from '@/ui/Skeleton';
import styles from './SettingsPage.module.css';

interface ListFrameProps {
  result: Pick<UseQueryResult, 'isPending' | 'isError' | 'error' | 'refetch' | 'data'>;
  label: string;
  children: ReactNode;
}

/* While a list loads, and when it could not. */
export function ListFrame({ result, label, children }: ListFrameProps) {
  if (result.data !== undefined) return children;
  if (result.isError)
    return (
      <EmptyState
        title={errorText(result.error)}
        action={
          <Button onPress={() => void result.refetch()}>
            <Trans>Try again</Trans>
          </Button>
        }
      />
    );
  return (
    <div className={styles.list} role="status" aria-label={label}>
      {['60%', '45%', '52%'].map((width) => (
        <div key={width} className={styles.row}>
          <Skeleton width="1.25rem" height="1.25rem" />
          <div className={styles.rowWords}>
            <Skeleton width={width} height="1.3em" />
          </div>
        </div>
      ))}
    </div>
  );
}
