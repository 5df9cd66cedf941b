import styles from './Skeleton.module.css';
import { classes } from './classes';

export type SkeletonProps = {
  /* CSS lengths, of what will stand here. */
  width?: string;
  height?: string;
  round?: boolean;
  className?: string;
};

/* A grey shape in place of what is still loading. The container says aria-busy and what is loading. */
export function Skeleton({ width = '100%', height = '0.875em', round = false, className }: SkeletonProps) {
  return (
    <span
      className={classes(styles.skeleton, round && styles.round, className)}
      style={{ inlineSize: width, blockSize: height }}
      aria-hidden="true"
    />
  );
}
