export { NewChat, type NewChatProps } from './NewChat';
export type { AddMembersProps } from './AddMembers';

export const loadAddMembers = () => import('./AddMembers');
export const loadInvite = () => import('./InvitePeople');
export const loadWelcome = () => import('./Welcome');
