import type { Draft, JumpResult, Message } from './types';
export interface LiveMessage {
  conversationId: string;
  message: Message;
  mine: boolean;
}

/* Thin for now: the surface others build against. */
class Client {
  start(): void {}
  stop(): void {}
  tryNow(): void {}
  wantReads(_conversationId: string): void {}
  wantUser(_id: string): void {}
  wantPresence(_id: string): void {}
  async open(_conversationId: string): Promise<void> {}
  async loadOlder(_conversationId: string): Promise<void> {}
  async loadNewer(_conversationId: string): Promise<void> {}
  async jumpTo(_conversationId: string, _seq: number): Promise<JumpResult> {
    return 'missing';
  }
  async jumpToEnd(_conversationId: string): Promise<void> {}
  markRead(_conversationId: string, _seq: number): void {}
  markAllRead(): void {}
  setTyping(_conversationId: string): void {}
  setFocus(_conversationIds: readonly string[]): void {}
  saveDraft(_conversationId: string, _draft: Draft | null): void {}
  async send(_conversationId: string, _text: string): Promise<string> {
    return '';
  }
  async retry(_clientId: string): Promise<void> {}
  async discard(_clientId: string): Promise<string | null> {
    return null;
  }
  async createDirect(_userId: string): Promise<string> {
    return '';
  }
  async createGroup(_title: string, _memberIds: readonly string[], _description?: string): Promise<string> {
    return '';
  }
  onLiveMessage(_listener: (live: LiveMessage) => void): () => void {
    return () => undefined;
  }
}

export const client = new Client();
