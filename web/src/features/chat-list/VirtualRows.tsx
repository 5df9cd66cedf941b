import { useMemo, type ReactNode } from 'react';
import { ListLayout, Virtualizer } from 'react-aria-components';
import { rowHeight } from './rowHeight';

/* Only the rows in view are in the page. */
export function VirtualRows({ children }: { children: ReactNode }) {
  const layoutOptions = useMemo(() => ({ rowHeight: rowHeight(), padding: 0, gap: 0 }), []);
  return (
    <Virtualizer layout={ListLayout} layoutOptions={layoutOptions}>
      {children}
    </Virtualizer>
  );
}
