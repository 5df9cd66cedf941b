/* What the build may weigh, compressed by gzip (docs/web.md). It measures what ./dev build left in build/web/dist. */
import { readdirSync, readFileSync } from 'node:fs';

const dist = '../build/web/dist';
const page = readFileSync(`${dist}/index.html`, 'utf8');
const assets = readdirSync(`${dist}/assets`).map((name) => `${dist}/assets/${name}`);

const ofEntry = [...page.matchAll(/(?:src|href)="(\/[^"]+\.(?:js|css))"/g)].map(([, path]) => dist + path);
const entry = ofEntry.filter((path) => path.endsWith('.js'));
const styles = assets.filter((path) => path.endsWith('.css'));
const named = (pattern) => assets.filter((path) => pattern.test(path));

/* With everything that these import at once. */
function withImports(paths) {
  const all = new Set(paths);
  for (const path of all)
    for (const [, name] of readFileSync(path, 'utf8').matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g))
      all.add(`${dist}/assets/${name}`);
  return [...all];
}

const texts = named(/\/(ru|en)-.*\.js$/);
const chat = withImports([...entry, ...named(/\/Workspace-.*\.js$/)]);
const emoji = withImports(named(/\/panelParts-.*\.js$/)).filter((path) => !chat.includes(path));
const lazy = assets.filter((path) => path.endsWith('.js') && ![...chat, ...texts, ...emoji].includes(path));

const budget = (name, path, limit) => ({ name, path, limit, gzip: true });

export default [
  budget('scripts of the first page', entry, '180 kB'),
  // The longer of the two catalogs.
  budget(
    'first view of a chat, all files',
    [`${dist}/index.html`, ...chat, ...styles, ...named(/\/ru-.*\.js$/)],
    '280 kB',
  ),
  budget('all styles', styles, '20 kB'),
  budget('emoji picker', emoji, '12 kB'),
  budget('names of emoji', named(/\/emoji-.*\.json$/), '120 kB'),
  budget('worker', `${dist}/sw.js`, '12 kB'),
  ...lazy.map((path) => budget(path.replace(/.*\/assets\/(.+)-[\w-]{8}\.js$/, 'chunk $1'), path, '40 kB')),
];
