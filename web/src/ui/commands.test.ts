import { expect, test, vi } from 'vitest';
import { registerCommand, runCommand } from './commands';

test('the newest handler is asked first, and one that declines passes it on', () => {
  const older = vi.fn();
  const newer = vi.fn(() => false);
  const removeOlder = registerCommand('latest', older);
  const removeNewer = registerCommand('latest', newer);

  expect(runCommand('latest')).toBe(true);
  expect(newer).toHaveBeenCalledBefore(older);
  removeNewer();
  removeOlder();
  expect(runCommand('latest')).toBe(false);
});
