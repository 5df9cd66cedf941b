import { useEffect, useState } from 'react';
import { lookUpCode, type CodeAnswer } from '@/api';
import type { Invitation } from './invitation';

/** What a link is good for: not answered yet, or not to be had; then the server says so when the form is sent. */
export type Link = CodeAnswer | 'asking' | 'unknown';

/** Asked when the link is opened; null without one. */
export function useLink(invitation: Invitation | null): Link | null {
  const [answer, setAnswer] = useState<{ code: string; link: Link } | null>(null);
  const code = invitation?.code;
  useEffect(() => {
    if (code === undefined) return;
    let current = true;
    void lookUpCode(code)
      .catch((): Link => 'unknown')
      .then((link) => {
        if (current) setAnswer({ code, link });
      });
    return () => {
      current = false;
    };
  }, [code]);
  if (code === undefined) return null;
  return answer?.code === code ? answer.link : 'asking';
}

/** Whether it leads nowhere, for sure. */
export function isDead(link: Link | null): link is CodeAnswer {
  return typeof link === 'object' && link?.standing === 'NO_CODE';
}
