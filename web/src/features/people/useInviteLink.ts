/* The link that brings others to this server, made once for as long as the page is open. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { api, data, registrationMode, useSession } from '@/api';

/** People that one link may bring, and for how long. */
const USES = 25;
const LIFE_S = 7 * 24 * 3600;

export type InviteLink =
  | { state: 'asking' }
  /** `make` brings the link. */
  | { state: 'to-make'; make: () => void; making: boolean; error: Error | null }
  | { state: 'ready'; url: string; limited: boolean }
  /** Only administrators invite, or nobody registers here. */
  | { state: 'not-mine' | 'closed' };

/* The code is shown once: it is kept here, and the next part that asks has it. */
let made: { userId: string; url: string } | null = null;

export function useInviteLink(): InviteLink {
  const { account, userId } = useSession();
  const mode = useQuery({ queryKey: ['registration'], queryFn: registrationMode, staleTime: 60_000 });
  const making = useMutation({
    mutationFn: async () => {
      const { code } = await data(api.POST('/v1/auth/invites', { body: { max_uses: USES, ttl_s: LIFE_S } }));
      // Behind the #, which browsers send to no server.
      if (userId) made = { userId, url: `${location.origin}/#invite=${encodeURIComponent(code)}` };
    },
  });

  if (mode.data === 'OPEN_REGISTRATION') return { state: 'ready', url: `${location.origin}/`, limited: false };
  if (mode.data === 'CLOSED_REGISTRATION') return { state: 'closed' };
  if (!account || mode.isPending) return { state: 'asking' };
  if (account.role === 'MEMBER_ACCOUNT') return { state: 'not-mine' };
  if (made?.userId === userId) return { state: 'ready', url: made.url, limited: true };
  return { state: 'to-make', make: () => making.mutate(), making: making.isPending, error: making.error };
}
