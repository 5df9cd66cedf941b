/* What a session leaves in this browser when it ends. Whoever signs out leaves nothing. Of a session that ended otherwise the chats go;
 * drafts and unsent messages, which are nowhere else, wait for the same user, and go when somebody else signs in. */
import { sessionStore } from '@/api';
import { deleteDatabase, keptUsers, openDatabase } from './database';

async function forgetChats(userId: string): Promise<void> {
  const db = await openDatabase(userId);
  try {
    const [drafts, unsent] = await Promise.all([db.count('drafts'), db.count('outbox')]);
    // Signed in again meanwhile, and what is kept is in use.
    if (sessionStore.getState().userId === userId) return;
    if (drafts + unsent === 0) return await deleteDatabase(userId);
    const tx = db.transaction(['conversations', 'users', 'state'], 'readwrite');
    for (const name of tx.objectStoreNames) void tx.objectStore(name).clear();
    await tx.done;
  } finally {
    db.close();
  }
}

/** Brings what is kept here in line with who is signed in. Safe to repeat; never rejects, since the next start does it again. */
export async function forgetLeftovers(): Promise<void> {
  const { userId: signedIn } = sessionStore.getState();
  const others = (await keptUsers().catch(() => [])).filter((userId) => userId !== signedIn);
  await Promise.allSettled(others.map((userId) => (signedIn ? deleteDatabase(userId) : forgetChats(userId))));
}
