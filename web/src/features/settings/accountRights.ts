/* Who may do what to whose account: the server's rules (src/services/auth/rules.c). */
import type { Schemas } from '@/api';

export type AccountRole = Schemas['AccountRole'];

export function mayClose(mine: AccountRole, target: AccountRole): boolean {
  if (target === 'OWNER_ACCOUNT') return false;
  return target === 'ADMIN_ACCOUNT' ? mine === 'OWNER_ACCOUNT' : mine !== 'MEMBER_ACCOUNT';
}

export function maySetRole(mine: AccountRole, target: AccountRole): boolean {
  return mine === 'OWNER_ACCOUNT' && target !== 'OWNER_ACCOUNT';
}
