/* The draft of a chat in its field: text and caret, there again after a reload, in step with other tabs. */
import { begunPeer, realtime, realtimeStore, type Draft } from '@/realtime';
import { autoGrow } from './autoGrow';

export class DraftField {
  private field: HTMLTextAreaElement | null = null;
  /* What this field last said or heard: another text in the store comes from elsewhere. */
  private known = '';
  private caret = 0;
  private onText: (text: string) => void = () => undefined;

  constructor(private conversationId: string) {}

  get text(): string {
    return this.field?.value ?? '';
  }

  /** Fills the field and keeps it in step; `onText` hears of every change, whoever made it. */
  attach(field: HTMLTextAreaElement, onText: (text: string) => void): () => void {
    this.field = field;
    this.onText = onText;
    this.adopt(realtime.draft(this.conversationId));
    const stop = realtimeStore.subscribe((state, before) => {
      const { conversationId } = this;
      const draft = state.drafts[conversationId];
      if (draft === before.drafts[conversationId]) return;
      // When the conversation is made, the draft goes there, and this field with it (moveTo).
      if (draft || begunPeer(conversationId) === null) this.adopt(draft);
    });
    return () => {
      stop();
      this.field = null;
    };
  }

  /** The chat that was begun is made: the same field writes there. */
  moveTo(conversationId: string): void {
    if (conversationId === this.conversationId) return;
    this.conversationId = conversationId;
    this.adopt(realtime.draft(conversationId));
  }

  readonly onInput = (): void => {
    const { text } = this;
    this.save();
    if (text !== '') realtime.setTyping(this.conversationId);
    this.onText(text);
  };

  /* Only the caret moved. */
  readonly onSelect = (): void => {
    if (this.text === this.known && this.text !== '' && this.field?.selectionEnd !== this.caret) this.save();
  };

  /** Empties the field and the draft; answers what was there. */
  take(): string {
    const { text } = this;
    this.put('', 0);
    realtime.saveDraft(this.conversationId, null);
    return text;
  }

  /** Puts a text back that could not be kept otherwise. */
  restore(text: string): void {
    const now = this.text;
    this.put(now === '' ? text : `${text}\n${now}`, text.length);
    this.save();
  }

  private save(): void {
    const { field } = this;
    if (!field) return;
    this.known = field.value;
    this.caret = field.selectionEnd;
    const draft = field.value === '' ? null : { text: field.value, caret: field.selectionEnd };
    realtime.saveDraft(this.conversationId, draft);
  }

  private adopt(draft: Draft | undefined): void {
    const text = draft?.text ?? '';
    if (text !== this.known) this.put(text, Math.min(draft?.caret ?? 0, text.length));
  }

  private put(text: string, caret: number): void {
    const { field } = this;
    if (!field) return;
    field.value = text;
    field.setSelectionRange(caret, caret);
    autoGrow(field);
    this.known = text;
    this.onText(text);
  }
}
