// @vitest-environment node
import { RuleTester } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, it } from 'vitest';
// @ts-expect-error a rule without types
import { effectReturns } from './effect-returns.js';

RuleTester.describe = describe;
RuleTester.it = it;

const tester = new RuleTester({
  languageOptions: {
    parser: tseslint.parser,
    parserOptions: {
      ecmaFeatures: { jsx: true },
      projectService: { allowDefaultProject: ['*.tsx'] },
      tsconfigRootDir: import.meta.dirname,
    },
  },
});

const declared = `
declare function useEffect(effect: () => void | (() => void)): void;
declare const React: { useLayoutEffect: typeof useEffect };
declare const box: Element | null;
declare function subscribe(): () => void;
declare function maybe(): (() => void) | undefined;
`;
const refused = (name: string, code: string) => ({
  name,
  filename: 'effect.tsx',
  code: declared + code,
  errors: [{ messageId: 'value' }],
});
const taken = (name: string, code: string) => ({ name, filename: 'effect.tsx', code: declared + code });

tester.run('effect-returns', effectReturns, {
  valid: [
    taken('a call in braces', `useEffect(() => { box?.scrollIntoView(); });`),
    taken('a subscription, which returns its end', `useEffect(() => subscribe());`),
    taken('a clean-up that may be missing', `useEffect(() => maybe());`),
    taken('a clean-up of its own', `useEffect(() => () => box?.scrollIntoView());`),
    taken('a return that leaves early', `useEffect(() => { if (!box) return; box.scrollIntoView(); });`),
    taken('a function within the effect', `useEffect(() => { [box].map((one) => one?.scrollIntoView()); });`),
    taken('a function that is no effect', `const show = () => box?.scrollIntoView();`),
  ],
  invalid: [
    refused('the value of a call', `useEffect(() => box!.scrollIntoView());`),
    refused('the value of a call that may not happen', `useEffect(() => box?.scrollIntoView());`),
    refused('a return of the value', `useEffect(() => { return box?.scrollIntoView(); });`),
    refused('an effect by its full name', `React.useLayoutEffect(() => box?.scrollIntoView());`),
    refused('a function expression', `useEffect(function () { return box?.scrollIntoView(); });`),
    refused('the callback of a ref', `const page = <div ref={(node) => node?.scrollIntoView()} />;`),
  ],
});
