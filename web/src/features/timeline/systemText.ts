/* Sentences about what happened to a conversation. Russian names are not bent and nobody's sex is guessed: the verbs
 * stand in the present, names in the nominative. */
import { msg } from '@lingui/core/macro';
import type { MessageDescriptor } from '@lingui/core';
import type { SystemEvent } from '@/realtime';

type Member = Extract<SystemEvent, { userId: string }>;

interface Names {
  /** Of who did it, and of whom it was done to: one, or several with commas. */
  actor: string;
  user: string;
}

/** `selfId` and the ids in the event decide between "you" and a name; of `count` people of whom the same is said, the event is
 * about the first. */
export function systemText(event: SystemEvent, names: Names, selfId: string, count = 1): MessageDescriptor {
  const { actor } = names;
  const byMe = event.actorId === selfId;
  switch (event.name) {
    case 'conversation.created': {
      const { title } = event;
      if (title === '') return msg`The conversation begins here`;
      return byMe ? msg`You created the group “${title}”` : msg`${actor} created the group “${title}”`;
    }
    case 'conversation.updated': {
      const { title } = event;
      return byMe ? msg`You updated the group: “${title}”` : msg`${actor} updated the group: “${title}”`;
    }
    default:
      return count > 1 ? membersText(event, names, selfId) : memberText(event, names, selfId);
  }
}

/* Several at once: "you" is among the names then. */
function membersText(event: Member, { actor, user }: Names, selfId: string): MessageDescriptor {
  const byMe = event.actorId === selfId;
  const byThemselves = event.actorId === event.userId;
  if (event.name === 'member.added') {
    if (byThemselves) return msg`Joined the group: ${user}`;
    return byMe ? msg`You added ${user}` : msg`${actor} added ${user}`;
  }
  if (byThemselves) return msg`Left the group: ${user}`;
  return byMe ? msg`You removed ${user}` : msg`${actor} removed ${user}`;
}

function memberText(event: Member, { actor, user }: Names, selfId: string): MessageDescriptor {
  const byMe = event.actorId === selfId;
  const toMe = event.userId === selfId;
  const byItself = event.actorId === event.userId;
  switch (event.name) {
    case 'member.added':
      if (byItself) return toMe ? msg`You joined the group` : msg`${user} joined the group`;
      if (toMe) return msg`${actor} added you to the group`;
      return byMe ? msg`You added ${user}` : msg`${actor} added ${user}`;
    case 'member.removed':
      if (byItself) return toMe ? msg`You left the group` : msg`${user} left the group`;
      if (toMe) return msg`${actor} removed you from the group`;
      return byMe ? msg`You removed ${user}` : msg`${actor} removed ${user}`;
    case 'member.updated':
      if (event.role === 'owner') return toMe ? msg`You own the group now` : msg`New owner of the group: ${user}`;
      if (event.role === 'admin') return toMe ? msg`You are an admin now` : msg`New admin: ${user}`;
      return toMe ? msg`You are no longer an admin` : msg`No longer an admin: ${user}`;
  }
}
