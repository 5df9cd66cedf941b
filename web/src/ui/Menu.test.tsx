import { fireEvent, screen } from '@testing-library/react';
import { useRef } from 'react';
import { beforeEach, expect, test, vi } from 'vitest';
import { show } from '../../scripts/render';
import { MenuItem, OpenMenu } from './Menu';

const remove = vi.fn();
const close = vi.fn();
beforeEach(() => {
  remove.mockClear();
  close.mockClear();
});

function Opened() {
  const anchor = useRef<HTMLSpanElement>(null);
  return (
    <>
      <span ref={anchor} />
      <OpenMenu label="Actions" anchor={anchor} onClose={close}>
        <MenuItem text="Delete" onAction={remove} />
      </OpenMenu>
    </>
  );
}

const item = () => screen.getByRole('menuitem', { name: 'Delete' });

test.each([
  ['a finger is lifted', ['pointerUp', 'touchEnd', 'mouseDown', 'mouseUp', 'click'], { pointerType: 'touch' }],
  ['a mouse button is let go', ['pointerUp', 'mouseUp', 'click'], { pointerType: 'mouse' }],
] as const)('%s over an item by the press that opened the menu: nothing happens', (_, events, init) => {
  show(<Opened />);
  for (const name of events) fireEvent[name](item(), { ...init, button: 0, detail: 1 });
  expect(remove).not.toHaveBeenCalled();
  expect(close).not.toHaveBeenCalled();
});

test('a press that begins in the menu chooses', async () => {
  const { user } = show(<Opened />);
  fireEvent.pointerUp(item(), { pointerType: 'touch' });
  await user.click(item());
  expect(remove).toHaveBeenCalledOnce();
});

test('so does a key, and the click of a screen reader', async () => {
  const { user } = show(<Opened />);
  await user.keyboard('{ArrowDown}{Enter}');
  expect(remove).toHaveBeenCalledOnce();
  show(<Opened />);
  fireEvent.click(screen.getAllByRole('menuitem', { name: 'Delete' }).at(-1)!, { detail: 0 });
  expect(remove).toHaveBeenCalledTimes(2);
});
