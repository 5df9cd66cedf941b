/* The theme of the page. public/early.js sets it before the first paint; this follows later changes. */
import { getPreferences, subscribeToPreferences, type Theme } from '@/ui/preferences';

/* As --color-surface in ui/tokens.css: the browser's own bar joins the page's. */
const barColours = { light: '#ffffff', dark: '#1a1d1c' } as const;

export function applyTheme(theme: Theme): void {
  const root = document.documentElement;
  if (theme === 'system') delete root.dataset['theme'];
  else root.dataset['theme'] = theme;

  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const system = meta.getAttribute('media')?.includes('dark') ? 'dark' : 'light';
    meta.content = barColours[theme === 'system' ? system : theme];
  }
}

export function startTheme(): void {
  applyTheme(getPreferences().theme);
  subscribeToPreferences(() => applyTheme(getPreferences().theme));
}
