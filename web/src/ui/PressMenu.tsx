/* The menu of a thing itself: a right click, a long press and the menu key open it, where the hand is. One for all kinds of
 * things: whoever has the thing says what can be done with it. */
import { useEffect, useEffectEvent, useRef, useState, type ReactNode, type RefObject } from 'react';
import { createPortal } from 'react-dom';
import { OpenMenu } from './Menu';

export interface Point {
  x: number;
  y: number;
}

export const LONG_PRESS_MS = 450;
/** A finger that moves further scrolls. */
export const STILL_PX = 8;

/** Whether the browser's own menu has more to offer: for a link, or for words that are selected. */
export function isForBrowser(target: EventTarget | null): boolean {
  const selection = document.getSelection();
  const selected =
    selection !== null && !selection.isCollapsed && target instanceof Node && selection.containsNode(target, true);
  return selected || (target instanceof Element && target.closest('a[target], input, textarea') !== null);
}

interface PressMenuProps {
  at: Point;
  label: string;
  /** A line above the items. */
  head?: ReactNode;
  children: ReactNode;
  onClose: () => void;
}

export function PressMenu({ at, ...rest }: PressMenuProps) {
  const [anchor, setAnchor] = useState<HTMLSpanElement | null>(null);
  return (
    <>
      {createPortal(<span ref={setAnchor} style={{ position: 'fixed', left: at.x, top: at.y }} />, document.body)}
      {anchor ? <OpenMenu {...rest} anchor={{ current: anchor }} placement="bottom start" /> : null}
    </>
  );
}

/** Where the menu of this element is asked for, else null. `around`: the selector of the ancestor that is the whole thing. */
export function usePressMenu(
  element: RefObject<HTMLElement | null>,
  around?: string,
): { at: Point | null; close: () => void } {
  const [at, setAt] = useState<Point | null>(null);
  const finger = useRef<{ timer: ReturnType<typeof setTimeout>; from: Point } | null>(null);

  const lift = useEffectEvent(() => {
    clearTimeout(finger.current?.timer);
    finger.current = null;
  });
  const open = useEffectEvent((point: Point) => {
    lift();
    setAt(point);
  });
  const press = useEffectEvent((event: PointerEvent) => {
    lift();
    if (event.pointerType !== 'touch') return;
    const { target, pointerId } = event;
    const from = { x: event.clientX, y: event.clientY };
    const timer = setTimeout(() => {
      navigator.vibrate?.(12);
      // It is no press any more: lifting the finger does nothing.
      target?.dispatchEvent(new PointerEvent('pointercancel', { bubbles: true, pointerId, pointerType: 'touch' }));
      open(from);
    }, LONG_PRESS_MS);
    finger.current = { timer, from };
  });
  const move = useEffectEvent((event: PointerEvent) => {
    const { from } = finger.current ?? {};
    if (from && Math.hypot(event.clientX - from.x, event.clientY - from.y) > STILL_PX) lift();
  });
  const ask = useEffectEvent((event: MouseEvent) => {
    if (isForBrowser(event.target)) return;
    event.preventDefault();
    open({ x: event.clientX, y: event.clientY });
  });

  useEffect(() => {
    const whole = around ? element.current?.closest<HTMLElement>(around) : element.current;
    if (!whole) return;
    const listeners = {
      pointerdown: (event: PointerEvent) => press(event),
      pointermove: (event: PointerEvent) => move(event),
      pointerup: () => lift(),
      pointercancel: () => lift(),
      contextmenu: (event: MouseEvent) => ask(event),
    };
    const each = Object.entries(listeners) as [string, EventListener][];
    for (const [name, listener] of each) whole.addEventListener(name, listener);
    return () => {
      lift();
      for (const [name, listener] of each) whole.removeEventListener(name, listener);
    };
  }, [element, around]);

  return { at, close: () => setAt(null) };
}
