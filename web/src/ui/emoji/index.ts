/* For import() alone: nobody loads this before an emoji is wanted. */
export { loadEmoji, type EmojiEntry } from './data';
export { emojiMemory, rememberEmoji } from './memory';
export { emojiOfCode, findEmoji } from './search';
export { toned } from './tones';
