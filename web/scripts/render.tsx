/* Draws a part of the client for a test, in English, as a user would meet it. */
import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ReactElement } from 'react';
import { vi } from 'vitest';
import { messages as english } from '../src/locales/en.po';
import { messages as russian } from '../src/locales/ru.po';

/** English, unless a test wants the other language; then back again afterwards. */
export function speak(locale: 'en' | 'ru'): void {
  i18n.loadAndActivate({ locale, messages: locale === 'en' ? english : russian });
}
speak('en');

/* What jsdom lacks. */
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
globalThis.CSS ??= {
  escape: (text: string) => text.replace(/[^\w-]/g, '\\$&'),
  supports: () => false,
} as unknown as typeof CSS;
Element.prototype.scrollIntoView ??= () => undefined;
Element.prototype.scrollTo ??= () => undefined;

export function show(element: ReactElement) {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const drawn = render(
    <I18nProvider i18n={i18n}>
      <QueryClientProvider client={queries}>{element}</QueryClientProvider>
    </I18nProvider>,
  );
  return { user: userEvent.setup(), ...drawn };
}

export interface Call {
  method: string;
  path: string;
  body: unknown;
}

type Answer = { status?: number; body: unknown };

/** Answers the REST calls of the client; what was asked is in the list that comes back. */
export function answerCalls(answer: (call: Call) => Answer): Call[] {
  const calls: Call[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    const text = await request.text();
    const url = new URL(request.url);
    const call = { method: request.method, path: url.pathname + url.search, body: text ? JSON.parse(text) : null };
    calls.push(call);
    const { status = 200, body } = answer(call);
    return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
  });
  return calls;
}

export const refusal = (code: string, message: string, retryAfterMs = 0) => ({
  error: { code, message, retryable: retryAfterMs > 0, retry_after_ms: retryAfterMs },
});
