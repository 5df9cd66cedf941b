/* Where the reader is in a conversation, kept for as long as the page lives: coming back to a chat is coming back to the line. */

export interface Place {
  /** The topmost row in view, and its distance from the top of the view in pixels (negative when it is cut). */
  key: string;
  top: number;
  /** Of the message at or after that row, to find it when the stretch is another one; 0 when there is none. */
  seq: number;
  /** At the end of the conversation: then it is the end one comes back to, or the first unread. */
  atEnd: boolean;
}

const REMEMBERED_MAX = 200;
const places = new Map<string, Place>();

export function rememberPlace(conversationId: string, place: Place): void {
  places.delete(conversationId);
  places.set(conversationId, place);
  if (places.size > REMEMBERED_MAX) {
    const oldest = places.keys().next().value;
    if (oldest !== undefined) places.delete(oldest);
  }
}

export function placeIn(conversationId: string): Place | undefined {
  return places.get(conversationId);
}

export function forgetPlaces(): void {
  places.clear();
}
