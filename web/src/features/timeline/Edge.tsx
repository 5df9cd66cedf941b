import { Trans, useLingui } from '@lingui/react/macro';
import { realtime, type PageState } from '@/realtime';
import { Button } from '@/ui/Button';
import { classes } from '@/ui/classes';
import { Skeleton } from '@/ui/Skeleton';
import styles from './Timeline.module.css';

interface EdgeProps {
  /** The whole of it: nothing of the history is here yet. */
  side: 'older' | 'newer' | 'whole';
  state: PageState;
  conversationId: string;
}

/* What stands where a page is still missing: shapes of rows, or a way to try again. */
export function Edge({ side, state, conversationId }: EdgeProps) {
  const { t } = useLingui();
  const retry = () => {
    const load = { older: 'loadOlder', newer: 'loadNewer', whole: 'open' } as const;
    void realtime[load[side]](conversationId);
  };
  return (
    <div className={classes(styles.edge, side === 'newer' && styles.edgeBottom)}>
      {state === 'failed' ? (
        <div className={styles.retry} role="alert">
          <span>
            <Trans>These messages could not be loaded.</Trans>
          </span>
          <Button size="s" onPress={retry}>{t`Retry`}</Button>
        </div>
      ) : (
        <GhostRows widths={['46%', '58%', '34%']} still={state !== 'loading'} />
      )}
    </div>
  );
}

export function GhostRows({ widths, still = false }: { widths: readonly string[]; still?: boolean }) {
  return widths.map((width, index) => (
    <div key={index} className={classes(styles.ghost, index % 3 === 1 && styles.ghostMine)}>
      <Skeleton width={width} height="2.375rem" still={still} />
    </div>
  ));
}
