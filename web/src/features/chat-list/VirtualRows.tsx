import { useMemo, type ReactNode } from 'react';
import { ListLayout, Virtualizer } from 'react-aria-components';
import { useRemPx } from '@/ui/textSize';
import { rowHeight } from './rowHeight';

/* Only the rows in view are in the page. */
export function VirtualRows({ children }: { children: ReactNode }) {
  const height = rowHeight(useRemPx());
  const layoutOptions = useMemo(() => ({ rowHeight: height, padding: 0, gap: 0 }), [height]);
  return (
    <Virtualizer layout={ListLayout} layoutOptions={layoutOptions}>
      {children}
    </Virtualizer>
  );
}
