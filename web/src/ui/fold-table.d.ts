declare module 'virtual:fold-table' {
  /** What a letter counts as. */
  export const letters: Readonly<Record<string, string>>;
  /** Ranges of code points that count as nothing, as they stand in a pattern. */
  export const dropped: string;
  /** A letter and a mark that makes another letter of it. */
  export const kept: readonly string[];
}
