import { lingui, linguiTransformerBabelPreset } from '@lingui/vite-plugin';
import optimizeLocales from '@react-aria/optimize-locales-plugin';
import babel from '@rolldown/plugin-babel';
import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { emojiData } from './scripts/emoji-data-plugin.ts';
import { foldTableModule } from './scripts/fold-table-plugin.ts';
import { serviceWorker } from './scripts/service-worker-plugin.ts';
import { signedInFiles } from './scripts/signed-in-files-plugin.ts';

// Lingui's own transform is native code that npm leaves out under an older Node; Babel runs everywhere.
process.env['LINGUI_SUPPRESS_BABEL_WARNING'] = '1';

/* The server that `npm run dev` talks to. */
const server = process.env['MOLVA_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [
    react(),
    // Without the transform the build is green and texts are broken: scripts/texts.test.tsx.
    lingui(),
    babel({ presets: [linguiTransformerBabelPreset()] }),
    optimizeLocales.vite({ locales: ['en-US', 'ru-RU'] }),
    emojiData(),
    foldTableModule(),
    signedInFiles(),
    serviceWorker(),
  ],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    sourcemap: false,
    // The Content-Security-Policy knows neither inline scripts nor data: fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      '/v1': { target: server, ws: true, changeOrigin: true },
      '/.well-known': { target: server, changeOrigin: true },
    },
  },
  test: {
    environment: 'jsdom',
    // Only bounds: a slow machine is no failure.
    testTimeout: 30_000,
    include: ['src/**/*.test.{ts,tsx}', 'scripts/**/*.test.{ts,tsx}'],
    setupFiles: ['./scripts/test-setup.ts'],
    css: { modules: { classNameStrategy: 'non-scoped' } },
  },
});
