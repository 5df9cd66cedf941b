/* Builds src/sw.ts into /sw.js beside the page and tells it which files make up this build. Own, because what it does is
 * this page: a full Workbox brings 30 kB into the worker and hundreds of packages into the build. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'vite';

const worker = fileURLToPath(new URL('../src/sw.ts', import.meta.url));

/* What the shell needs to open without a network; everything else is cached when it is first used. */
function belongsToShell(file: string): boolean {
  return file === 'index.html' || /\.(js|css|webmanifest|svg|woff2)$/.test(file);
}

async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(dir, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
    .sort();
}

export function serviceWorker(): Plugin {
  let outDir = 'dist';

  return {
    name: 'molva-service-worker',
    apply: 'build',
    configResolved(config) {
      outDir = path.resolve(config.root, config.build.outDir);
    },
    async writeBundle() {
      const files = (await filesBelow(outDir)).filter((file) => belongsToShell(file) && file !== 'sw.js');
      const hash = createHash('sha256');
      for (const file of files) hash.update(file).update(await readFile(path.join(outDir, file)));

      await build({
        configFile: false,
        publicDir: false,
        logLevel: 'warn',
        define: {
          __BUILD_ID__: JSON.stringify(hash.digest('hex').slice(0, 12)),
          __SHELL_FILES__: JSON.stringify(files.map((file) => `/${file}`)),
        },
        build: {
          outDir,
          emptyOutDir: false,
          target: 'es2022',
          modulePreload: { polyfill: false },
          rolldownOptions: {
            input: worker,
            output: { format: 'iife', entryFileNames: 'sw.js' },
          },
        },
      });
    },
  };
}
