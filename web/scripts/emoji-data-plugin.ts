/* `virtual:emoji-data` is the address of a file of our own with scripts/emoji-data.ts: fetched when emoji are first needed,
 * and named by its content, so it is fetched once. */
import type { Plugin } from 'vite';
import { emojiColumns } from './emoji-data.ts';

const NAME = 'virtual:emoji-data';
const DEV_PATH = '/@emoji-data.json';

export function emojiData(): Plugin {
  let building = false;
  return {
    name: 'molva-emoji-data',
    configResolved({ command }) {
      building = command === 'build';
    },
    configureServer(server) {
      server.middlewares.use(DEV_PATH, (_, answer) => {
        answer.setHeader('content-type', 'application/json').end(JSON.stringify(emojiColumns()));
      });
    },
    resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
    load(id) {
      if (id !== `\0${NAME}`) return null;
      if (!building) return `export default ${JSON.stringify(DEV_PATH)};`;
      const file = this.emitFile({ type: 'asset', name: 'emoji.json', source: JSON.stringify(emojiColumns()) });
      return `export default import.meta.ROLLUP_FILE_URL_${file};`;
    },
  };
}
