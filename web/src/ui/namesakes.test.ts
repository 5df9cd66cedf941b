import { expect, test } from 'vitest';
import { namesakes, withHandle } from './namesakes';

const people = (...names: string[]) => names.map((name, at) => ({ id: String(at), name }));
const shared = (...names: string[]) => [...namesakes(people(...names), ({ name }) => name)].sort().join();

test.each([
  ['nobody', [], ''],
  ['different names', ['Anna', 'Hanna', 'Anna B'], ''],
  ['the same name', ['Anna', 'Bob', 'Anna'], '0,2'],
  ['in another case', ['anna', 'ANNA'], '0,1'],
  ['with and without marks', ['José', 'Jose', 'Jose\u0301'], '0,1,2'],
  ['two pairs', ['Анна', 'Алёна', 'анна', 'Алена'], '0,1,2,3'],
  ['й is another letter', ['Йон', 'Ион'], ''],
  ['letters of another alphabet, however alike', ['Anna', 'Аnna'], ''],
])('%s', (_label, names, want) => {
  expect(shared(...names)).toBe(want);
});

test('one person twice is no namesake', () => {
  const [anna] = people('Anna');
  expect(namesakes([anna!, { ...anna! }], ({ name }) => name).size).toBe(0);
});

test('the user name stands behind the name only where it is needed', () => {
  expect(withHandle('Anna', '')).toBe('Anna');
  expect(withHandle('Anna', '@anna2')).toBe('Anna (@anna2)');
});
