/* Questions that must be asked until they are answered: one at a time per key, again if wanted meanwhile, again after a
 * failure or a lost connection. Pure. */
import type { ApiError } from '@/api';

export interface Ticket {
  key: string;
  serial: number;
}

interface Job {
  serial: number;
  state: 'wanted' | 'running' | 'pausing';
  again: boolean;
  failures: number;
}

export interface JobPorts {
  /** Asks; the answer comes back with the ticket, at most once. */
  ask(ticket: Ticket): void;
  /** Calls `retry(key)` after this long. */
  pause(key: string, ms: number): void;
}

const PAUSE_MIN_MS = 500;
const PAUSE_MAX_MS = 30_000;

export class Jobs {
  private jobs = new Map<string, Job>();
  private connected = false;
  private serial = 0;
  private ports: JobPorts;

  constructor(ports: JobPorts) {
    this.ports = ports;
  }

  want(key: string): void {
    const job = this.jobs.get(key);
    if (!job) {
      this.jobs.set(key, { serial: 0, state: 'wanted', again: false, failures: 0 });
      this.start(key);
    } else if (job.state === 'running') {
      job.again = true;
    }
  }

  has(key: string): boolean {
    return this.jobs.has(key);
  }

  drop(key: string): void {
    this.jobs.delete(key);
  }

  clear(): void {
    this.jobs.clear();
  }

  connect(): void {
    this.connected = true;
    for (const key of [...this.jobs.keys()]) this.start(key);
  }

  /** Answers that are under way do not count any more. */
  disconnect(): void {
    this.connected = false;
    for (const job of this.jobs.values()) job.state = 'wanted';
  }

  /** Whether this answer is the one that is waited for. */
  isCurrent(ticket: Ticket): boolean {
    const job = this.jobs.get(ticket.key);
    return job?.state === 'running' && job.serial === ticket.serial;
  }

  /** The answer was taken; `more` asks at once for the rest. */
  done(ticket: Ticket, more = false): void {
    const job = this.jobs.get(ticket.key);
    if (!job || !this.isCurrent(ticket)) return;
    if (more || job.again) {
      job.state = 'wanted';
      job.again = false;
      job.failures = 0;
      this.start(ticket.key);
    } else {
      this.jobs.delete(ticket.key);
    }
  }

  failed(ticket: Ticket, error: ApiError): void {
    const job = this.jobs.get(ticket.key);
    if (!job || !this.isCurrent(ticket)) return;
    job.state = 'pausing';
    job.failures++;
    const backoff = Math.min(PAUSE_MAX_MS, PAUSE_MIN_MS * 2 ** (job.failures - 1));
    this.ports.pause(ticket.key, Math.max(error.retryAfterMs, backoff));
  }

  failures(key: string): number {
    return this.jobs.get(key)?.failures ?? 0;
  }

  retry(key: string): void {
    const job = this.jobs.get(key);
    if (job?.state !== 'pausing') return;
    job.state = 'wanted';
    this.start(key);
  }

  private start(key: string): void {
    const job = this.jobs.get(key);
    if (!job || job.state !== 'wanted' || !this.connected) return;
    job.state = 'running';
    job.again = false;
    job.serial = ++this.serial;
    this.ports.ask({ key, serial: job.serial });
  }
}
