/* Which addresses a message may lead to, and whether its words tell the truth about them. */

const SCHEMES = new Set(['http:', 'https:', 'mailto:']);

/** The address as a browser understands it, or null: only http, https and mailto are followed. */
export function safeHref(address: string): string | null {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  return SCHEMES.has(url.protocol) ? url.href : null;
}

/** The host a link leads to, when its words name another one: shown beside it, so that nobody is led astray. */
export function hiddenHost(words: string, href: string): string | null {
  const named = /^\s*(?:https?:\/\/)?([^\s/?#:@]+\.[^\s/?#:@]+)/i.exec(words)?.[1];
  if (!named || href.startsWith('mailto:')) return null;
  const host = new URL(href).hostname;
  const words_host = safeHref(`https://${named}`);
  if (!words_host) return null;
  const bare = (name: string) => name.replace(/^www\./, '');
  return bare(new URL(words_host).hostname) === bare(host) ? null : host;
}
