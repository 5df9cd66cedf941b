import { beforeEach, expect, test, vi } from 'vitest';

const param = () => ({
  value: 0,
  setValueAtTime: vi.fn(),
  linearRampToValueAtTime: vi.fn(),
  exponentialRampToValueAtTime: vi.fn(),
});

/* As much of Web Audio as is used. */
class Audio {
  static made: Audio[] = [];
  state = 'suspended';
  currentTime = 1;
  destination = {};
  started: number[] = [];
  constructor() {
    Audio.made.push(this);
  }
  resume(): Promise<void> {
    this.state = 'running';
    return Promise.resolve();
  }
  createGain() {
    return { gain: param(), connect: vi.fn() };
  }
  createOscillator() {
    return {
      frequency: param(),
      connect: (to: unknown) => to,
      start: (at: number) => this.started.push(at),
      stop: vi.fn(),
    };
  }
}

const active = { hasBeenActive: false };

beforeEach(() => {
  vi.resetModules();
  Audio.made = [];
  vi.stubGlobal('AudioContext', Audio);
  Object.defineProperty(navigator, 'userActivation', { value: active, configurable: true });
});

test('before a click or a key nothing is tried; after it a burst of messages is one sound', async () => {
  const { chime } = await import('./chime');
  active.hasBeenActive = false;
  await chime();
  expect(Audio.made).toEqual([]);
  active.hasBeenActive = true;
  await chime();
  await chime();
  expect(Audio.made).toHaveLength(1);
  expect(Audio.made[0]!.started).toHaveLength(2);
  Audio.made[0]!.currentTime = 3;
  await chime();
  expect(Audio.made[0]!.started).toHaveLength(4);
});
