/* While an installation is upgraded, gateways of this version and of the one before stand side by side, and a client comes to either.
 * The one before knows no tags: it gives none, and refuses a hello and a call that have some. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Server } from './server';
import { openTab, signUp, start, type Tab, until, userId } from './tab';

const RealSocket = globalThis.WebSocket;
let gateway: 'old' | 'new' = 'new';
let refusedHellos = 0;

const NEW_FIELDS = ['tag', 'feed_tag', 'to_tag', 'diverged', 'feed_diverged'];

/** Takes what the version before does not say from a frame. */
function withoutTags(text: string): string {
  return JSON.stringify(JSON.parse(text, (key, value: unknown) => (NEW_FIELDS.includes(key) ? undefined : value)));
}

interface Frame {
  type: string;
  id: number;
  have?: object;
  feed_tag?: string;
  params?: { after_tag?: string };
}

/* A socket as the client uses it; its gateway is the one that was there when it was opened. */
class GatewaySocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  private readonly old = gateway === 'old';
  private readonly real: WebSocket;

  constructor(url: string, protocol: string) {
    this.real = new RealSocket(url, protocol);
    this.real.onopen = () => this.onopen?.();
    this.real.onclose = () => this.onclose?.();
    this.real.onmessage = ({ data }: MessageEvent<string>) => this.receive(this.old ? withoutTags(data) : data);
  }

  private receive(data: string): void {
    this.onmessage?.({ data });
  }

  send(text: string): void {
    const { type, id, have, feed_tag: feedTag, params } = JSON.parse(text) as Frame;
    if (this.old && type === 'hello' && (have !== undefined || feedTag !== undefined)) {
      refusedHellos++;
      this.receive(JSON.stringify({ type: 'bye', code: 4400, resume: false, after_ms: 0 }));
      this.real.close();
    } else if (this.old && params?.after_tag !== undefined) {
      const error = {
        code: 'invalid',
        message: 'after_tag: there is no such field',
        retryable: false,
        retry_after_ms: 0,
      };
      this.receive(JSON.stringify({ type: 'error', id, error }));
    } else {
      this.real.send(text);
    }
  }

  close(): void {
    this.real.close();
  }
}

let server: Server;
beforeAll(async () => {
  server = await Server.start();
  globalThis.WebSocket = GatewaySocket as unknown as typeof WebSocket;
});
afterEach(() => {
  gateway = 'new';
});
afterAll(async () => {
  globalThis.WebSocket = RealSocket;
  await server.stop();
});

/** All connections break, and the next ones go there. */
async function moveTo(next: typeof gateway): Promise<void> {
  await server.kill();
  gateway = next;
  await server.run();
}

function texts(tab: Tab, id: string): string[] {
  const entries = tab.store.getState().timelines[id]?.entries ?? [];
  return entries.flatMap((entry) => (entry.kind === 'message' ? [entry.message.text] : []));
}

test('a client goes on at gateways of the version before, and at new ones again', async () => {
  const anna = await start(await signUp(server, 'anna'));
  const boris = await start(await signUp(server, 'boris'));
  const id = await anna.realtime.createDirect(userId(boris));
  await until(boris, () => boris.store.getState().conversations[id] !== undefined, 'the conversation');
  await Promise.all([anna.realtime.open(id), boris.realtime.open(id)]);
  const said: string[] = [];
  const say = async (writer: Tab, text: string) => {
    said.push(text);
    await writer.realtime.send(id, text);
    for (const tab of [anna, boris]) await until(tab, () => texts(tab, id).at(-1) === text, `${text} on the screen`);
  };

  for (const version of ['new', 'old', 'new', 'old'] as const) {
    await moveTo(version);
    await say(anna, `${said.length} from anna, ${version}`);
    await say(boris, `${said.length} from boris, ${version}`);
    // What is written while one is away comes when one is back.
    await boris.realtime.stop();
    said.push(`${said.length} while boris is away`);
    await anna.realtime.send(id, said.at(-1) as string);
    await until(anna, () => texts(anna, id).at(-1) === said.at(-1), 'on her own screen');
    Object.assign(boris, await start(await openTab(server.origin, boris.storage)));
    await boris.realtime.open(id);
    await until(boris, () => texts(boris, id).at(-1) === said.at(-1), 'what he missed');
  }
  for (const tab of [anna, boris]) expect(texts(tab, id)).toEqual(said);
  expect(refusedHellos).toBeGreaterThan(0);
});
