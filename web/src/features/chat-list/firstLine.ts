/* A text as one line without its marks: what it says, not how it looks. */
const LENGTH_MAX = 120;

export function firstLine(text: string): string {
  const plain = text
    .slice(0, LENGTH_MAX * 4)
    .replace(/```[a-z0-9]*\n?/gi, ' ')
    .replace(/\[([^\]\n]*)\]\([^)\s]*\)/g, '$1')
    .replace(/\|\|[^|\n]+\|\|/g, '▒▒▒')
    .replace(/(\*\*|__|~~|`)(?=\S)([^\n]*?\S)\1/g, '$2')
    .replace(/^\s*(>|#{1,6}|[-*])\s+/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length > LENGTH_MAX ? `${plain.slice(0, LENGTH_MAX)}…` : plain;
}
