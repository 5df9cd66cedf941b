/* How long a password may be, by the server's count: in the form that it keeps (OpaqueString of RFC 8265), in bytes of UTF-8. */
const MIN_BYTES = 8;
const MAX_BYTES = 256;

export type PasswordProblem = 'short' | 'long';

export function passwordProblem(typed: string): PasswordProblem | null {
  const kept = typed.replace(/\p{Zs}/gu, ' ').normalize('NFC');
  const bytes = new TextEncoder().encode(kept).length;
  if (bytes < MIN_BYTES) return 'short';
  return bytes > MAX_BYTES ? 'long' : null;
}
