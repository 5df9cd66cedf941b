/* For import() alone: what the panel shows once it is open. */
export { loadEmoji, type EmojiEntry } from '@/ui/emoji/data';
export { rememberEmoji } from '@/ui/emoji/memory';
export { PanelPicker } from './PanelPicker';
