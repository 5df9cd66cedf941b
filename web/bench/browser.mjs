/* A browser for the measurements, and the table they fill. */
import { chromium } from '@playwright/test';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { url: { type: 'string' }, quick: { type: 'boolean', default: false } } });

/** Short rounds: whether it works, not how fast it is. */
export const quick = () => values.quick;

/** `--url URL` of a running server with open registration and without limits of rate. */
export function serverUrl() {
  const url = values.url ?? process.env.MOLVA_URL;
  if (!url) throw new Error('name the server: --url http://127.0.0.1:PORT');
  return url.replace(/\/$/, '');
}

export async function withBrowser(work) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--js-flags=--expose-gc',
      '--enable-precise-memory-info',
    ],
  });
  try {
    return await work(browser);
  } finally {
    await browser.close();
  }
}

/** A page in which `account` is signed in. A failure of the page is a failure of the measurement. */
export async function pageOf(browser, account) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    storageState: {
      cookies: [],
      origins: [{ origin: account.url, localStorage: [{ name: 'molva.tokens', value: account.tokens() }] }],
    },
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => {
    throw error;
  });
  return page;
}

export async function openChat(page, url, conversationId, query = '') {
  await page.goto(`${url}/c/${conversationId}${query}`);
  await page.locator('[role="log"] article').first().waitFor();
  await page.waitForFunction(() => document.querySelector('[role="log"]').style.visibility === '');
}

export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

let missed = 0;

/** One row of the table: what, measured, budget, whether it is met. */
export function row(what, measured, budget, unit) {
  const met = measured <= budget;
  if (!met) missed += 1;
  const figure = Number.isInteger(measured) ? measured : measured.toFixed(1);
  console.log(`| ${what} | ${figure} ${unit} | ${budget} ${unit} | ${met ? 'met' : 'MISSED'} |`);
}

/** The exit code says whether all budgets were met. */
export function finish() {
  process.exitCode = missed > 0 ? 1 : 0;
}
