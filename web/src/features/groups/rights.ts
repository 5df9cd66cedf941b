/* Who may do what in a group: the server's table (src/services/group/rules.c), so that only what works is offered. */
import type { Role } from '@/realtime';
import type { Schemas } from '@/api';

export type MemberRole = Schemas['MemberRole'];
/** What somebody can be made. */
export type SettableRole = Schemas['UpdateMemberRequest']['role'];

const rank: Record<MemberRole, number> = { MEMBER_ROLE_UNSPECIFIED: 0, MEMBER: 1, ADMIN_MEMBER: 2, OWNER: 3 };
const mine: Record<Role, MemberRole> = {
  none: 'MEMBER_ROLE_UNSPECIFIED',
  member: 'MEMBER',
  admin: 'ADMIN_MEMBER',
  owner: 'OWNER',
};

export const mayEdit = (role: Role) => role === 'admin' || role === 'owner';
export const mayAdd = mayEdit;
export const mayDelete = (role: Role) => role === 'owner';
export const maySetRoles = (role: Role) => role === 'owner';

/** Only those of lower standing. */
export const mayRemove = (role: Role, target: MemberRole) => mayEdit(role) && rank[mine[role]] > rank[target];

/** Owner first, then admins, then members; by name among equals. */
export function byStanding<T extends { role: MemberRole; name: string }>(members: readonly T[], locale: string): T[] {
  const collator = new Intl.Collator(locale);
  return [...members].sort((a, b) => rank[b.role] - rank[a.role] || collator.compare(a.name, b.name));
}
