import js from '@eslint/js';
import boundaries from 'eslint-plugin-boundaries';
import jsxA11y from 'eslint-plugin-jsx-a11y-x';
import reactHooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import tseslint from 'typescript-eslint';
import { effectReturns } from './scripts/effect-returns.js';

/* Imports go one way: app > features > realtime > api, and everybody may use ui, which knows no chat. */
const layers = [
  { from: 'app', to: ['app', 'feature', 'realtime', 'api', 'ui', 'locales'] },
  { from: 'feature', to: ['realtime', 'api', 'ui'] },
  { from: 'realtime', to: ['realtime', 'api', 'ui'] },
  { from: 'api', to: ['api'] },
  { from: 'ui', to: ['ui'] },
];

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'src/api/generated', 'test-results', 'playwright-report'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    files: ['src/**/*.{ts,tsx}'],
    ...jsxA11y.configs.recommended,
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    plugins: { boundaries, 'react-hooks': reactHooks, molva: { rules: { 'effect-returns': effectReturns } } },
    languageOptions: {
      globals: globals.browser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    settings: {
      'import/resolver': { typescript: { project: './tsconfig.json' } },
      'boundaries/elements': [
        { type: 'app', pattern: 'src/app' },
        { type: 'feature', pattern: 'src/features/*', capture: ['name'] },
        { type: 'realtime', pattern: 'src/realtime' },
        { type: 'api', pattern: 'src/api' },
        { type: 'ui', pattern: 'src/ui' },
        { type: 'locales', pattern: 'src/locales' },
      ],
    },
    rules: {
      // Of our own components: they decide where the focus goes; a bare element may not.
      'jsx-a11y-x/no-autofocus': ['error', { ignoreNonDOM: true }],
      ...reactHooks.configs.recommended.rules,
      'molva/effect-returns': 'error',
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          message: 'Imports go app > features > realtime > api; features do not know each other (web/README.md)',
          policies: [
            ...layers.map(({ from, to }) => ({
              from: { element: { type: from } },
              allow: { to: { element: { types: { anyOf: to } } } },
            })),
            {
              from: { element: { type: 'feature' } },
              allow: { to: { element: { type: 'feature', captured: { name: '{{from.captured.name}}' } } } },
            },
            { allow: { to: { module: { origin: ['external', 'core'] } } } },
          ],
        },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-console': 'error',
    },
  },
  {
    files: ['src/sw.ts', 'src/sw.test.ts'],
    languageOptions: {
      globals: globals.serviceworker,
      parserOptions: { projectService: false, project: './tsconfig.sw.json', tsconfigRootDir: import.meta.dirname },
    },
  },
  {
    files: ['*.config.{js,ts}', '.size-limit.js', 'scripts/**', 'integration/**', 'e2e/**', 'bench/**', 'public/**'],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
    // Playwright reads from the pattern which fixtures are wanted.
    rules: { 'no-empty-pattern': 'off' },
  },
);
