/* Which addresses a text may lead to, where they stand in it, and whether its words tell the truth about them. */

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

/**
 * The host a link leads to, when its words name another one or are letters that pass for others: shown beside it, so that
 * nobody is led astray. In the form that cannot deceive: "xn--80ak6aa92e.com", never the look-alike that it stands for.
 */
export function hiddenHost(words: string, href: string): string | null {
  const named = /^\s*(?:https?:\/\/)?([^\s/?#:@]+\.[^\s/?#:@]+)/i.exec(words)?.[1];
  if (!named || href.startsWith('mailto:')) return null;
  const host = new URL(href).hostname;
  const wordsHref = safeHref(`https://${named}`);
  if (!wordsHref) return null;
  const bare = (name: string) => name.replace(/^www\./, '');
  if (bare(new URL(wordsHref).hostname) !== bare(host)) return host;
  return mayDeceive(named) ? host : null;
}

/* Letters of two alphabets in one label, or a foreign alphabet under a Latin ending: "аррӏе.com" is read as another name. */
function mayDeceive(host: string): boolean {
  const labels = host.toLowerCase().split('.');
  const latinEnding = /^[a-z]+$/.test(labels.at(-1) ?? '');
  return labels.some((label) => {
    const foreign = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u.test(label);
    return foreign && (latinEnding || /\p{Script=Latin}/u.test(label));
  });
}

/** A link that was typed without any marks. */
export interface BareLink {
  at: number;
  end: number;
  href: string;
}

/* Endings of hosts that are taken for a link without "https://" or "www.": what people write in sentences. Endings that
 * are also those of files are left out (README.md, main.rs, setup.py, run.sh, Makefile.am, archive.zip, film.mov, ...),
 * and so are those that programs write as members (this.name). From the root zone of the DNS. */
const ENDINGS = new Set(
  (
    'com org net edu gov mil int info biz io dev app me tv co pro xyz site online store tech blog cloud page wiki news ' +
    'chat team live shop today world space travel museum jobs asia ' +
    'ad ae af ag al ao ar at au aw az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by ca cd cf cg ch ci ck cl cm cn ' +
    'cr cu cv cw cx cy cz de dj dk dm dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge gf gg gh gi gl gm gn gp gq gr ' +
    'gt gu gw gy hk hn hr ht hu id ie il im iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz lb lc li lk lr lt ' +
    'lu lv ly ma mc mg mh mn mp mq mr mt mu mv mw mx my mz na ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pn pr ' +
    'pt pw qa re ro ru rw sa sb sd se sg si sk sl sm sn sr ss su sx sy sz tc td tg th tj tk tl tn to tt tw tz ua ug uk ' +
    'us uy uz va vc ve vg vn vu wf ye yt za zm zw рф рус бел укр москва дети онлайн сайт орг ком'
  ).split(' '),
);

/* Of a mail address the @ says what it is: endings of files among countries are let in again. */
const MAIL_ENDINGS = new Set([
  ...ENDINGS,
  ...'ac ai am as cc do in la md me mk ml nc pl ps py rs sc sh so st'.split(' '),
]);

/* An address runs to the next blank, to what quotes it, or to the bars of a spoiler around it. */
const REST = String.raw`(?:(?!\|\|)[^\s<>"\u0060\u2068\u2069])*`;
const LABEL = String.raw`[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?`;
const HOST = String.raw`${LABEL}(?:\.${LABEL})+`;
const ALONE = String.raw`(?<![\p{L}\p{M}\p{N}@._/\\:=$%&+#~-])`;
const LINK = new RegExp(
  String.raw`(?<![\p{L}\p{M}\p{N}])(?<url>https?://${REST})` +
    String.raw`|${ALONE}(?<mail>(?:mailto:)?[\p{L}\p{N}][\p{L}\p{N}._%+-]{0,63}@${HOST})(?![\p{L}\p{N}_@-])` +
    String.raw`|${ALONE}(?<host>${HOST})(?![\p{L}\p{N}_@(-]|\.[\p{L}\p{N}])(?:(?::\d{1,5})?(?:[/?#]${REST})?)`,
  'giu',
);

/** The links of a text, in order, none over another. */
export function bareLinks(text: string): BareLink[] {
  if (!/:\/\/|mailto:|\.\S|@/i.test(text)) return [];
  const links: BareLink[] = [];
  for (const match of text.matchAll(LINK)) {
    const link = linkOf(match, text);
    if (link) links.push(link);
  }
  return links;
}

function linkOf(match: RegExpMatchArray, text: string): BareLink | null {
  const { url, mail, host } = match.groups ?? {};
  const at = match.index ?? 0;
  if (mail !== undefined) {
    const href = MAIL_ENDINGS.has(endingOf(mail)) ? safeHref(`mailto:${mail.replace(/^mailto:/i, '')}`) : null;
    return href === null ? null : { at, end: at + mail.length, href };
  }
  if (host !== undefined && !isHost(host)) return null;
  const words = trimmed(match[0], text.slice(Math.max(0, at - 200), at));
  const href = safeHref(url === undefined ? `http://${words}` : words);
  return href === null ? null : { at, end: at + words.length, href };
}

/* "Done.It works" is two sentences: an ending is written small, or all of the name is not. */
function isHost(host: string): boolean {
  const written = host.slice(host.lastIndexOf('.') + 1);
  if (written !== written.toLowerCase() && host !== host.toUpperCase()) return false;
  const ending = endingOf(host);
  return ENDINGS.has(ending) || (/^www\./i.test(host) && /^\p{L}{2,}$/u.test(ending));
}

function endingOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1).toLowerCase();
}

/* What ends the sentence, closes a bracket of the text or a mark around the address is not of the address. */
function trimmed(address: string, before: string): string {
  const underscored = /(?:^|\s)_[^_]*$/.test(before);
  const counts = new Map<string, number>();
  for (const sign of address) counts.set(sign, (counts.get(sign) ?? 0) + 1);
  const opened = (sign: string) => {
    const opener = sign === ')' ? '(' : sign === ']' ? '[' : sign === '}' ? '{' : null;
    return opener === null ? null : (counts.get(opener) ?? 0) >= (counts.get(sign) ?? 0);
  };
  let end = address.length;
  for (; end > 0; end--) {
    const sign = address.charAt(end - 1);
    const ends = opened(sign) === false || /[.,:;!?'*~|»”’…]/.test(sign) || (underscored && sign === '_');
    if (!ends) break;
    counts.set(sign, (counts.get(sign) ?? 1) - 1);
  }
  return address.slice(0, end);
}
