/* The real server, in a data folder of its own, to be killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const STARTS_MAX = 200;

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

export class Server {
  readonly origin: string;
  private readonly data = mkdtempSync(path.join(tmpdir(), 'molva-web-'));
  private readonly backup = `${this.data}-backup`;
  private readonly program: string;
  private child: ChildProcess | null = null;

  private constructor(program: string, port: number) {
    this.program = program;
    this.origin = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<Server> {
    const program = process.env['MOLVA_BIN'];
    if (!program) throw new Error('MOLVA_BIN must name the server');
    const server = new Server(program, await freePort());
    await server.run();
    return server;
  }

  async run(): Promise<void> {
    this.child = spawn(this.program, ['serve', '--data', this.data, '--listen', new URL(this.origin).host], {
      env: { ...process.env, MOLVA_REGISTRATION: 'open', MOLVA_RATE_LIMITS: 'off' },
      stdio: 'ignore',
    });
    for (let i = 0; i < STARTS_MAX; i++) {
      const ready = await fetch(`${this.origin}/readyz`).then(
        (response) => response.ok,
        () => false,
      );
      if (ready) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('the server does not get ready');
  }

  /** No goodbye: kill -9. */
  async kill(): Promise<void> {
    const { child } = this;
    if (!child) return;
    this.child = null;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Copies the data folder, as a backup is made: while nothing writes there. */
  async backUp(): Promise<void> {
    await this.kill();
    cpSync(this.data, this.backup, { recursive: true });
    await this.run();
  }

  /** Comes back with the copy, and says nothing of it to anybody. */
  async restore(): Promise<void> {
    await this.kill();
    rmSync(this.data, { recursive: true });
    cpSync(this.backup, this.data, { recursive: true });
    await this.run();
  }

  async stop(): Promise<void> {
    await this.kill();
    for (const folder of [this.data, this.backup]) rmSync(folder, { recursive: true, force: true });
  }
}
