import { i18n } from '@lingui/core';
import { I18nProvider, useLingui } from '@lingui/react';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, type ReactNode } from 'react';
import { I18nProvider as AriaI18nProvider, RouterProvider } from 'react-aria-components';
import { useLocation } from 'wouter';
import { ApiError, useSession } from '@/api';
import { ErrorBoundary } from './ErrorBoundary';
import { localeTag } from './i18n';
import { loadWorkspace } from './loadWorkspace';
import { Toasts } from './Toasts';
import { LiveRegion } from '@/ui/LiveRegion';

const Workspace = lazy(() => loadWorkspace().then((module) => ({ default: module.Workspace })));
const SignIn = lazy(() => import('@/features/sign-in').then((module) => ({ default: module.SignIn })));

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // The REST client repeats what may be repeated.
      retry: false,
      staleTime: 10_000,
      refetchOnWindowFocus: (query) => ApiError.from(query.state.error).code !== 'forbidden',
    },
  },
});

function Languages({ children }: { children: ReactNode }) {
  const { i18n: active } = useLingui();
  const [, navigate] = useLocation();
  return (
    <AriaI18nProvider locale={localeTag(active.locale)}>
      <RouterProvider navigate={(path) => navigate(path)}>{children}</RouterProvider>
    </AriaI18nProvider>
  );
}

/* The URL stays as it is while somebody signs in: they come back to the same place. */
function Gate() {
  const { status, userId } = useSession();
  useEffect(() => {
    if (status === 'signed-out') queries.clear();
  }, [status]);

  return <Suspense fallback={null}>{status === 'signed-in' ? <Workspace key={userId} /> : <SignIn />}</Suspense>;
}

export function App() {
  return (
    <I18nProvider i18n={i18n}>
      <QueryClientProvider client={queries}>
        <Languages>
          <ErrorBoundary>
            <Gate />
          </ErrorBoundary>
          <Toasts />
          <LiveRegion />
        </Languages>
      </QueryClientProvider>
    </I18nProvider>
  );
}
