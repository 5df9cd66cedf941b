/* Live messages to sentences: one is read out, several at once become a count. */

export interface Spoken {
  author: string;
  text: string;
}

interface AnnouncerOptions {
  say: (text: string) => void;
  one: (message: Spoken) => string;
  many: (count: number) => string;
}

/** Messages nearer together than this are a burst. */
export const BURST_MS = 1000;

export class Announcer {
  private waiting: Spoken[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private quietUntil = 0;

  constructor(private readonly options: AnnouncerOptions) {}

  add(message: Spoken): void {
    this.waiting.push(message);
    if (this.timer !== undefined) return;
    const wait = Math.max(0, this.quietUntil - Date.now());
    if (wait === 0) this.flush();
    else
      this.timer = setTimeout(() => {
        this.flush();
      }, wait);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waiting = [];
  }

  private flush(): void {
    this.timer = undefined;
    const { waiting } = this;
    this.waiting = [];
    const [first] = waiting;
    if (!first) return;
    this.options.say(waiting.length === 1 ? this.options.one(first) : this.options.many(waiting.length));
    this.quietUntil = Date.now() + BURST_MS;
  }
}
