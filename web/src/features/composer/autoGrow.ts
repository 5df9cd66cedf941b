const growsByItself = typeof CSS !== 'undefined' && CSS.supports('field-sizing', 'content');

/* As high as its text, up to what the stylesheet allows. Browsers that can do it do it without a measurement. */
export function autoGrow(field: HTMLTextAreaElement): void {
  if (growsByItself) return;
  field.style.blockSize = 'auto';
  field.style.blockSize = `${String(field.scrollHeight)}px`;
}
