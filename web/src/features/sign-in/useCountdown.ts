import { useEffect, useState } from 'react';

/** Seconds left; start(ms) begins, and it ends by itself at 0. */
export function useCountdown(): { seconds: number; start: (ms: number) => void } {
  const [until, setUntil] = useState(0);
  const [now, setNow] = useState(0);
  const seconds = Math.max(0, Math.ceil((until - now) / 1000));
  const running = seconds > 0;

  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [running]);

  function start(ms: number): void {
    setNow(Date.now());
    setUntil(Date.now() + ms);
  }
  return { seconds, start };
}
