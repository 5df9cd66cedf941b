declare module 'virtual:emoji-data' {
  /** Where the names of all emoji lie (scripts/emoji-data-plugin.ts). */
  const url: string;
  export default url;
}
