import { i18n } from '@lingui/core';
import { I18nProvider, useLingui } from '@lingui/react';
import { Suspense, type ReactNode } from 'react';
import { I18nProvider as AriaI18nProvider, RouterProvider } from 'react-aria-components';
import { sessionStore, useSession } from '@/api';
import { ErrorBoundary, Unloaded } from './ErrorBoundary';
import { localeTag } from './i18n';
import { loadWorkspace } from './loadWorkspace';
import { goTo } from './navigation';
import { Toasts } from './Toasts';
import { lazyPart } from '@/ui/lazyPart';
import { LiveRegion } from '@/ui/LiveRegion';
import { FailedPart } from '@/ui/PartBoundary';

const Workspace = lazyPart(loadWorkspace, (part) => part.Workspace);
const SignIn = lazyPart(
  () => import('@/features/sign-in'),
  (part) => part.SignIn,
);

/** Loads what is drawn first. Rejects when it cannot be had; drawn nevertheless, the page says so. */
export function preloadFirst(): Promise<void> {
  return sessionStore.getState().status === 'signed-in' ? Workspace.preload() : SignIn.preload();
}

function Languages({ children }: { children: ReactNode }) {
  const { i18n: active } = useLingui();
  return (
    <AriaI18nProvider locale={localeTag(active.locale)}>
      <RouterProvider navigate={goTo}>{children}</RouterProvider>
    </AriaI18nProvider>
  );
}

/* The URL stays as it is while somebody signs in: they come back to the same place. */
function Gate() {
  const { status, userId } = useSession();
  return <Suspense fallback={null}>{status === 'signed-in' ? <Workspace key={userId} /> : <SignIn />}</Suspense>;
}

export function App() {
  return (
    <I18nProvider i18n={i18n}>
      <Languages>
        <FailedPart value={Unloaded}>
          <ErrorBoundary>
            <Gate />
          </ErrorBoundary>
        </FailedPart>
        <Toasts />
        <LiveRegion />
      </Languages>
    </I18nProvider>
  );
}
