/* What a start shows before the server answers. It is read while the rest of the program still comes: opening the database and
 * loading the scripts wait for different things. */
import { type Database, loadKept, openDatabase } from './database';
import type { SavedState } from './engine';
import type { User } from './types';

export interface Kept {
  db: Database;
  /** Undefined before the first list came. */
  saved: SavedState | undefined;
  users: User[];
}

async function read(userId: string): Promise<Kept> {
  const db = await openDatabase(userId);
  try {
    return { db, ...(await loadKept(db)) };
  } catch (error) {
    db.close();
    throw error;
  }
}

let ahead: { userId: string; kept: Promise<Kept> } | null = null;

/** Begins to read what is kept of a user; takeKept() is to follow. */
export function readAhead(userId: string): void {
  ahead = { userId, kept: read(userId) };
  // Told to who takes it.
  ahead.kept.catch(() => undefined);
}

/** What was read ahead, once, or else now. Whoever takes it closes the database. Rejects where nothing can be kept. */
export function takeKept(userId: string): Promise<Kept> {
  const mine = ahead?.userId === userId ? ahead.kept : read(userId);
  ahead = null;
  return mine;
}
