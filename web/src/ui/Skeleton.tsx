import styles from './Skeleton.module.css';
import { classes } from './classes';

export type SkeletonProps = {
  /* CSS lengths, of what will stand here. */
  width?: string;
  height?: string;
  round?: boolean;
  /* Nothing is loading yet: it does not breathe. What breathes has a frame drawn 60 times a second, also out of sight. */
  still?: boolean;
  className?: string;
};

/* A grey shape in place of what is still loading. The container says aria-busy and what is loading. */
export function Skeleton({
  width = '100%',
  height = '0.875em',
  round = false,
  still = false,
  className,
}: SkeletonProps) {
  return (
    <span
      className={classes(styles.skeleton, round && styles.round, still && styles.still, className)}
      style={{ inlineSize: width, blockSize: height }}
      aria-hidden="true"
    />
  );
}
