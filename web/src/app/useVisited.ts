import { useState } from 'react';

const KEPT_MAX = 20;

/** Chats that were open in this window, the latest first. */
export function useVisited(openId: string | null): readonly string[] {
  const [visited, setVisited] = useState<readonly string[]>([]);
  if (openId === null || visited[0] === openId) return visited;
  const now = [openId, ...visited.filter((id) => id !== openId)].slice(0, KEPT_MAX);
  setVisited(now);
  return now;
}
