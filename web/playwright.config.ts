/* Journeys through the real client in the real server, in Debian's Chromium (./dev test --only=web). The server comes from
 * MOLVA_BIN, and each worker starts its own: e2e/fixtures/. */
import { defineConfig, devices } from '@playwright/test';

const chromium = {
  browserName: 'chromium' as const,
  launchOptions: {
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // For journeys under a name, which is not localhost and has no certificate.
      '--host-resolver-rules=MAP *.molva.test 127.0.0.1',
    ],
  },
};

export default defineConfig({
  testDir: 'e2e',
  outputDir: '../build/web/journeys',
  snapshotPathTemplate: '{testDir}/{arg}{ext}',
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: true,
  // Bounds after which something counts as broken; nothing waits that long by itself.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: 'list',
  use: { ...chromium, locale: 'en-GB', timezoneId: 'Europe/Moscow', trace: 'retain-on-failure' },
  projects: [
    { name: 'tree', testMatch: 'tree/**' },
    {
      name: 'desktop',
      testIgnore: 'tree/**',
      grepInvert: /@phone/,
      use: { viewport: { width: 1280, height: 800 } },
    },
    {
      name: 'phone',
      testIgnore: 'tree/**',
      grepInvert: /@desktop/,
      use: {
        viewport: { width: 390, height: 844 },
        isMobile: true,
        hasTouch: true,
        deviceScaleFactor: 2,
        userAgent: devices['Pixel 7'].userAgent,
      },
    },
  ],
});
