import { autoGrow } from './autoGrow';

/* As if it were typed, so that undo takes it back; where the focus is elsewhere, at the caret that was left. */
export function replaceSelection(field: HTMLTextAreaElement, text: string): void {
  if (field !== document.activeElement || !typed(text)) {
    field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end');
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));
  }
  autoGrow(field);
}

function typed(text: string): boolean {
  try {
    return text === '' ? document.execCommand('delete') : document.execCommand('insertText', false, text);
  } catch {
    return false;
  }
}
