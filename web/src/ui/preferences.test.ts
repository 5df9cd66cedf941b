import { expect, test } from 'vitest';
import { preferencesOf } from './preferences';

const defaults = { theme: 'system', language: null, enterSends: true, sound: true, listWidth: 320, textSize: 100 };

test.each([
  ['nothing', null, {}],
  ['no JSON', '{', {}],
  ['another type', '7', {}],
  ['a good choice', '{"theme":"dark","language":"ru"}', { theme: 'dark', language: 'ru' }],
  ['values of another version', '{"theme":"sepia","language":"tlh","enterSends":"yes"}', {}],
  ['a list too wide for the screen', '{"listWidth":5000}', { listWidth: 360 }],
  ['a text too large for any screen', '{"textSize":4000}', { textSize: 200 }],
  ['a text too small to read', '{"textSize":0}', { textSize: 80 }],
  ['a list too narrow to read', '{"listWidth":1}', { listWidth: 280 }],
])('%s is read', (_label, text, want) => {
  expect(preferencesOf(text)).toEqual({ ...defaults, ...want });
});
