/* Tests that speak to a real server: MOLVA_BIN names the program. */
import { defineConfig, mergeConfig } from 'vitest/config';
import viteConfig from './vite.config.ts';

const integration = defineConfig({
  test: {
    environment: 'node',
    testTimeout: 120_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});

const merged = mergeConfig(viteConfig, integration);
// Lists are joined by mergeConfig; here they replace.
merged.test = { ...merged.test, include: ['integration/**/*.test.ts'], setupFiles: [] };
export default merged;
