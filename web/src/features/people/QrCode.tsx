/* For import() alone: the encoder is wanted rarely. */
import encodeQR from 'qr';
import { useMemo } from 'react';
import styles from './People.module.css';

/** Light modules around it, without which cameras do not find it (ISO/IEC 18004 asks for four). */
const QUIET = 4;

export function QrCode({ text, label }: { text: string; label: string }) {
  const { path, size } = useMemo(() => {
    const rows = encodeQR(text, 'raw', { ecc: 'medium', border: QUIET });
    const dark = rows.flatMap((row, y) => row.flatMap((on, x) => (on ? `M${String(x)} ${String(y)}h1v1h-1z` : [])));
    return { path: dark.join(''), size: rows.length };
  }, [text]);
  return (
    <svg
      className={styles.code}
      role="img"
      aria-label={label}
      viewBox={`0 0 ${String(size)} ${String(size)}`}
      shapeRendering="crispEdges"
    >
      <path d={path} fill="currentColor" />
    </svg>
  );
}
