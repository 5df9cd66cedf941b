import { api, data } from '@/api';
import type { SettableRole } from './rights';

export async function removeMember(id: string, userId: string): Promise<void> {
  await data(api.DELETE('/v1/conversations/{id}/members/{user_id}', { params: { path: { id, user_id: userId } } }));
}

export async function setMemberRole(id: string, userId: string, role: SettableRole): Promise<void> {
  await data(
    api.PATCH('/v1/conversations/{id}/members/{user_id}', {
      params: { path: { id, user_id: userId } },
      body: { role },
    }),
  );
}

/** Answers the ids of those who could not be added. */
export async function addMembers(id: string, userIds: string[]): Promise<readonly string[]> {
  const { refused_user_ids: refused } = await data(
    api.POST('/v1/conversations/{id}/members', { params: { path: { id } }, body: { user_ids: userIds } }),
  );
  return refused;
}

export async function editGroup(id: string, title: string, description: string): Promise<void> {
  await data(api.PATCH('/v1/conversations/{id}', { params: { path: { id } }, body: { title, description } }));
}

export async function deleteGroup(id: string): Promise<void> {
  await data(api.DELETE('/v1/conversations/{id}', { params: { path: { id } } }));
}
