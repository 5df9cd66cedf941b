/* One WebSocket at a time, kept alive: hello, calls, heartbeat, reconnects. Knows frames, not conversations.
 *
 * `readyState` and `navigator.onLine` are not believed: a socket is alive when something came back in time. */
import { ApiError } from '@/api/errors';
import { backoffMs } from './backoff';
import { decodeFrame, type ServerFrame, type WelcomeFrame } from './frames';
import type { ConnectionView } from './types';

export interface SocketPorts {
  open(url: string, protocol: string): WebSocket;
  url: string;
  /** A valid access token. Throws ApiError: `unauthenticated` when the session is over. */
  token(): Promise<string>;
  /** The token was refused: the next one must be another. */
  renewToken(): Promise<string>;
  hello(): object;
  /** What pings carry. */
  seen(): number;
  onWelcome(frame: WelcomeFrame): void;
  onFrame(frame: ServerFrame): void;
  onDown(): void;
  onStatus(view: Omit<ConnectionView, 'lost'>): void;
  /** The server will not continue this connection. */
  onNotResumable(): void;
  /** The server did not understand what hello said: the next one is to say it in other words. */
  onHelloRefused(): void;
  /** The server speaks another version of the protocol. */
  onOutdated(): void;
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: ApiError): void;
  timer: ReturnType<typeof setTimeout>;
}

export const CALL_TIMEOUT_MS = 15_000;
const WELCOME_TIMEOUT_MS = 10_000;
const PONG_TIMEOUT_MS = 10_000;
/** After a wake, `online` or the tab shown: an answer within this, or a new socket. */
export const PROBE_TIMEOUT_MS = 5_000;
const HEARTBEAT_MS = 25_000;

const BYE_BAD_FRAME = 4400;
const BYE_TOKEN = 4401;
const BYE_REVOKED = 4403;
const BYE_VERSION = 4426;

type Timer = ReturnType<typeof setTimeout> | undefined;

export class Socket {
  private ports: SocketPorts;
  private socket: WebSocket | null = null;
  private live = false;
  private running = false;
  private attempt = 0;
  private attemptId = 0;
  private calls = new Map<number, Waiting>();
  private lastId = 0;
  /* The last one that the server was given. */
  private token = '';
  private renewing: Promise<void> | null = null;
  private helloId = 0;
  private heartbeatMs = HEARTBEAT_MS;
  private pauseAfter: number | null = null;
  private refused = false;
  private downSince: number | null = null;
  private retryTimer: Timer;
  private welcomeTimer: Timer;
  private heartbeatTimer: Timer;
  private pongTimer: Timer;

  constructor(ports: SocketPorts) {
    this.ports = ports;
  }

  get online(): boolean {
    return this.live;
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.attempt = 0;
    this.downSince = Date.now();
    void this.connect();
  }

  stop(): void {
    this.running = false;
    clearTimeout(this.retryTimer);
    this.drop();
  }

  /** Connects now if it is not connected. */
  tryNow(): void {
    if (!this.running || this.live) return;
    this.attempt = 0;
    clearTimeout(this.retryTimer);
    this.drop();
    void this.connect();
  }

  /** The server has answered by another way: a pause before the next try is over. */
  reachable(): void {
    if (!this.running || this.socket) return;
    clearTimeout(this.retryTimer);
    void this.connect();
  }

  /** Something happened that kills sockets silently: an answer within 5 s, or a new socket. */
  probe(): void {
    if (!this.running) return;
    if (this.live) this.ping(PROBE_TIMEOUT_MS);
    else this.tryNow();
  }

  /** Gives this socket up and opens another. */
  reconnect(): void {
    if (!this.running) return;
    this.drop();
    void this.connect();
  }

  send(frame: object): boolean {
    if (!this.live || !this.socket) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  /** The result of a call frame. Throws ApiError: `offline` when the socket went, and it is not known what happened. */
  async call(method: string, params: object): Promise<unknown> {
    const frame = (id: number) => ({ type: 'call', id, method, params });
    try {
      return await this.ask(frame);
    } catch (thrown) {
      if (ApiError.from(thrown).code !== 'unauthenticated') throw thrown;
      // The token has ended, and nothing was done: once more with another one.
      await this.renew();
      return this.ask(frame);
    }
  }

  /* Once for all calls that were refused meanwhile. */
  private renew(): Promise<void> {
    this.renewing ??= this.renewNow().finally(() => {
      this.renewing = null;
    });
    return this.renewing;
  }

  private async renewNow(): Promise<void> {
    const { token: used } = this;
    const token = await this.ports.token();
    await this.present(token === used ? await this.ports.renewToken() : token);
  }

  /** Gives the live socket a new access token. */
  authenticate(token: string): void {
    if (!this.live) return;
    this.present(token).catch(() => undefined);
  }

  /* Resolves when the server goes by it. */
  private async present(token: string): Promise<void> {
    this.token = token;
    try {
      await this.ask((id) => ({ type: 'auth', id, token }));
    } catch (thrown) {
      this.reconnect();
      throw thrown;
    }
  }

  private ask(frame: (id: number) => object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = ++this.lastId;
      if (!this.send(frame(id))) {
        reject(ApiError.offline());
        return;
      }
      const timer = setTimeout(() => {
        this.calls.delete(id);
        reject(new ApiError('timeout', 'no answer in time', true));
        this.probe();
      }, CALL_TIMEOUT_MS);
      this.calls.set(id, { resolve, reject, timer });
    });
  }

  private async connect(): Promise<void> {
    const id = ++this.attemptId;
    this.status('connecting', null);
    try {
      const token = await (this.refused ? this.ports.renewToken() : this.ports.token());
      if (id !== this.attemptId || !this.running) return;
      this.refused = false;
      this.open(token);
    } catch (thrown) {
      if (id !== this.attemptId || !this.running) return;
      // The session is over: who ended it stops us.
      if (ApiError.from(thrown).code === 'unauthenticated') return;
      this.retryLater();
    }
  }

  private open(token: string): void {
    const socket = this.ports.open(this.ports.url, 'molva.v1+json');
    this.socket = socket;
    this.token = token;
    this.helloId = ++this.lastId;
    this.welcomeTimer = setTimeout(() => this.lost(socket), WELCOME_TIMEOUT_MS);
    const hello = { type: 'hello', id: this.helloId, token, device: 'web', ...this.ports.hello() };
    socket.onopen = () => socket.send(JSON.stringify(hello));
    socket.onmessage = (event) => this.onMessage(socket, event.data);
    socket.onclose = () => this.lost(socket);
  }

  private onMessage(socket: WebSocket, data: unknown): void {
    if (socket !== this.socket) return;
    this.alive();
    const frame = decodeFrame(data);
    if (!frame) return;
    if (frame.type === 'welcome') this.onWelcome(frame);
    else if (frame.type === 'result') this.take(frame.id)?.resolve(frame.result);
    else if (frame.type === 'error') this.onError(frame.id, frame.error);
    else if (frame.type === 'bye') this.onBye(frame.code, frame.resume, frame.after_ms);
    else this.ports.onFrame(frame);
  }

  private onWelcome(frame: WelcomeFrame): void {
    clearTimeout(this.welcomeTimer);
    this.live = true;
    this.attempt = 0;
    this.pauseAfter = null;
    this.downSince = null;
    this.heartbeatMs = frame.heartbeat_ms || HEARTBEAT_MS;
    this.alive();
    this.status('online', null);
    this.ports.onWelcome(frame);
  }

  private onError(id: number, error: ApiError): void {
    if (id === this.helloId && !this.live) {
      this.refused = error.code === 'unauthenticated';
      if (error.retryAfterMs > 0) this.pauseAfter = error.retryAfterMs;
      return;
    }
    this.take(id)?.reject(error);
  }

  private onBye(code: number, resume: boolean, afterMs: number): void {
    this.refused = code === BYE_TOKEN || code === BYE_REVOKED;
    this.pauseAfter = afterMs;
    if (!resume) this.ports.onNotResumable();
    if (code === BYE_BAD_FRAME && !this.live) this.ports.onHelloRefused();
    if (code === BYE_VERSION) this.ports.onOutdated();
  }

  private take(id: number): Waiting | undefined {
    const waiting = this.calls.get(id);
    if (!waiting) return undefined;
    this.calls.delete(id);
    clearTimeout(waiting.timer);
    return waiting;
  }

  /* Something came: the socket is alive, and the next ping is due after that much silence. */
  private alive(): void {
    clearTimeout(this.pongTimer);
    this.pongTimer = undefined;
    clearTimeout(this.heartbeatTimer);
    if (this.live) this.heartbeatTimer = setTimeout(() => this.ping(PONG_TIMEOUT_MS), this.heartbeatMs);
  }

  private ping(deadlineMs: number): void {
    const socket = this.socket;
    if (!socket) return;
    this.send({ type: 'ping', n: this.ports.seen() });
    clearTimeout(this.pongTimer);
    this.pongTimer = setTimeout(() => {
      this.drop();
      if (this.running) void this.connect();
    }, deadlineMs);
  }

  private lost(socket: WebSocket): void {
    if (socket !== this.socket) return;
    this.drop();
    if (this.running) this.retryLater();
  }

  private retryLater(): void {
    const pause = Math.max(this.pauseAfter ?? 0, backoffMs(this.attempt++));
    this.pauseAfter = null;
    this.status('offline', Date.now() + pause);
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => void this.connect(), pause);
  }

  /* Leaves the socket, whatever state it is in: a dead one would take minutes to close politely. */
  private drop(): void {
    this.attemptId++;
    const { socket } = this;
    this.socket = null;
    for (const timer of [this.welcomeTimer, this.heartbeatTimer, this.pongTimer]) clearTimeout(timer);
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    const wasLive = this.live;
    this.live = false;
    const waiting = [...this.calls.values()];
    this.calls.clear();
    for (const one of waiting) {
      clearTimeout(one.timer);
      one.reject(ApiError.offline());
    }
    if (wasLive) {
      this.downSince = Date.now();
      this.ports.onDown();
    }
  }

  private status(status: ConnectionView['status'], retryAt: number | null): void {
    this.ports.onStatus({ status, downSince: this.downSince, retryAt });
  }
}
