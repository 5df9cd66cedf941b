import { useMemo, type FocusEvent, type KeyboardEvent } from 'react';
import type { LogController } from './LogController';
import { patch, type LogStore } from './logState';

/* Keys of the log. It is one tab stop: arrows, pages, Home and End move over the rows, Enter leads into the action bar of
 * a row, Escape out of it; the links of a row are tab stops only while it has the focus. */
export function useLogKeys(controller: LogController, store: LogStore, onEnd: () => void) {
  return useMemo(() => {
    const walk = (key: string | null) => {
      if (key !== null) controller.walkTo(key);
    };

    const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
      const { active } = store.getState();
      const article = (event.target as HTMLElement).closest('article');
      if (event.key === 'Escape' && article && event.target !== article) {
        article.focus({ preventScroll: true });
        event.stopPropagation();
        return;
      }
      const onRow = event.target === article || event.target === event.currentTarget;
      if (!onRow) return;
      switch (event.key) {
        case 'ArrowUp':
          walk(controller.neighbour(active, -1));
          break;
        case 'ArrowDown':
          walk(controller.neighbour(active, 1));
          break;
        case 'PageUp':
          if (event.shiftKey) return;
          walk(controller.neighbour(active, -controller.page()));
          break;
        case 'PageDown':
          walk(controller.neighbour(active, controller.page()));
          break;
        case 'Home':
          walk(controller.edge('first'));
          break;
        case 'End':
          onEnd();
          walk(controller.edge('last'));
          break;
        case 'Enter':
          if (!article) return;
          article.querySelector<HTMLElement>('[role="toolbar"] button')?.focus({ preventScroll: true });
          break;
        default:
          return;
      }
      event.preventDefault();
    };

    const onFocus = (event: FocusEvent<HTMLElement>) => {
      const article = (event.target as HTMLElement).closest<HTMLElement>('article');
      if (article) {
        setInner(article, 0);
        patch(store, { active: article.dataset['key'] ?? null, focused: true });
      } else if (event.target === event.currentTarget) {
        const { active } = store.getState();
        walk(active !== null && controller.element(active) ? active : controller.lastInView());
      }
    };

    const onBlur = (event: FocusEvent<HTMLElement>) => {
      const article = (event.target as HTMLElement).closest<HTMLElement>('article');
      const next = event.relatedTarget;
      if (article && !(next instanceof Node && article.contains(next))) setInner(article, -1);
      if (!(next instanceof Node && event.currentTarget.contains(next))) patch(store, { focused: false });
    };

    return { onKeyDown, onFocus, onBlur };
  }, [controller, store, onEnd]);
}

/* While a row has the focus, it and its links can be tabbed to, forth and back. */
function setInner(article: HTMLElement, tabIndex: number): void {
  article.tabIndex = tabIndex;
  article.querySelectorAll<HTMLElement>('[data-inner]').forEach((inner) => {
    inner.tabIndex = tabIndex;
  });
}
