/* The pages of the settings. */
import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import {
  IconChat,
  IconDevices,
  IconKeyboard,
  IconLock,
  IconMoon,
  IconTicket,
  IconUser,
  IconUsers,
  type IconComponent,
} from '@/ui/icons';

export type Section =
  'profile' | 'password' | 'sessions' | 'appearance' | 'chats' | 'keyboard' | 'invites' | 'accounts';

export interface SectionInfo {
  id: Section;
  title: MessageDescriptor;
  Icon: IconComponent;
  /** Only for those who administer the server. */
  admin: boolean;
}

export const sections: readonly SectionInfo[] = [
  { id: 'profile', title: msg`Profile`, Icon: IconUser, admin: false },
  { id: 'password', title: msg`Password`, Icon: IconLock, admin: false },
  { id: 'sessions', title: msg`Devices`, Icon: IconDevices, admin: false },
  { id: 'appearance', title: msg`Appearance and language`, Icon: IconMoon, admin: false },
  { id: 'chats', title: msg`Writing and sound`, Icon: IconChat, admin: false },
  { id: 'keyboard', title: msg`Keyboard shortcuts`, Icon: IconKeyboard, admin: false },
  { id: 'invites', title: msg`Invitations`, Icon: IconTicket, admin: true },
  { id: 'accounts', title: msg`Accounts`, Icon: IconUsers, admin: true },
];
