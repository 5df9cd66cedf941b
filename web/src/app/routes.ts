import { begunPeer, begunWith } from '@/realtime';

/* What the URL says. Every place of the client has one, so reload, Back and links work. */

export type SettingsSection =
  'profile' | 'password' | 'sessions' | 'appearance' | 'chats' | 'keyboard' | 'invites' | 'accounts';

const sections: readonly string[] = [
  'profile',
  'password',
  'sessions',
  'appearance',
  'chats',
  'keyboard',
  'invites',
  'accounts',
] satisfies SettingsSection[];

export type Place =
  | { at: 'home' }
  | { at: 'chat'; id: string; details: boolean }
  | { at: 'settings'; section: SettingsSection | null }
  | { at: 'nowhere' };

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function placeOf(path: string): Place {
  const [first, second, third, ...more] = path.split('/').filter(Boolean);
  if (more.length > 0) return { at: 'nowhere' };
  if (first === undefined) return { at: 'home' };
  if (first === 'c' && second && UUID.test(second) && (third === undefined || third === 'info'))
    return { at: 'chat', id: second, details: third === 'info' };
  if (first === 'u' && second && UUID.test(second) && (third === undefined || third === 'info'))
    return { at: 'chat', id: begunWith(second), details: third === 'info' };
  if (first === 'settings' && third === undefined) {
    if (second === undefined) return { at: 'settings', section: null };
    if (sections.includes(second)) return { at: 'settings', section: second as SettingsSection };
  }
  return { at: 'nowhere' };
}

/** The message a link leads to: /c/ID?m=SEQ. */
export function messageOf(search: string): number | undefined {
  const seq = Number(new URLSearchParams(search).get('m'));
  return Number.isInteger(seq) && seq > 0 ? seq : undefined;
}

/** A chat that is only begun is named by whom it is with. */
export function chatPath(id: string): string {
  const peerId = begunPeer(id);
  return peerId === null ? `/c/${id}` : `/u/${peerId}`;
}
export const detailsPath = (id: string) => `${chatPath(id)}/info`;
export const settingsPath = (section?: SettingsSection) => (section ? `/settings/${section}` : '/settings');
