/* People, chats and messages for the measurements, through the API of the server under test. */
import { randomBytes } from 'node:crypto';

const PASSWORD = 'correct horse battery';
let number = 0;

/** A UUID version 7 (RFC 9562): what clients name their writes with. */
function uuid7() {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export class Account {
  constructor(url, answer) {
    this.url = url;
    this.answer = answer;
    this.id = answer.user.id;
  }

  static async make(url, name) {
    const username = `bench.${process.pid}.${(number += 1)}.${randomBytes(3).toString('hex')}`;
    const body = { username, display_name: name, password: PASSWORD };
    return new Account(url, await call(url, 'POST', '/v1/auth/register', body));
  }

  call(verb, path, body) {
    return call(this.url, verb, path, body, this.answer.access_token);
  }

  async group(title, ...members) {
    const body = { kind: 'GROUP', title, member_ids: members.map(({ id }) => id) };
    return (await this.call('POST', '/v1/conversations', body)).conversation.id;
  }

  say(conversationId, text) {
    return this.call('POST', `/v1/conversations/${conversationId}/messages`, { client_id: uuid7(), text });
  }

  /** What the client keeps of a session: planted before the page loads, it is signed in. */
  tokens() {
    const now = Date.now();
    const { answer } = this;
    return JSON.stringify({
      userId: this.id,
      accessToken: answer.access_token,
      refreshToken: answer.refresh_token,
      obtainedAt: now,
      expiresAt: now + answer.expires_in * 1000,
    });
  }
}

async function call(url, verb, path, body, token) {
  const answer = await fetch(url + path, {
    method: verb,
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${verb} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/* What people write: short mostly, sometimes long, some of it marked up. */
const TEXTS = [
  'Yes, see you there.',
  'The train is twenty minutes late, but we caught the connection. Nothing to worry about.',
  'Great 👍',
  'Doors open at **10:00**, tickets are on https://museum.example/tickets?day=25 as always.',
  '🎉',
  'Let us meet at the entrance. Whoever is late writes here; the others wait in the café across the street, where the coffee is good and the _cinnamon rolls_ are better than anywhere else in town.',
  '> Who goes to the museum tomorrow?\nVera and I do',
  '- passports\n- tickets\n- an umbrella, it will rain',
  'The code of the door is `47K1289`',
  '```js\nconst answer = 6 * 7;\nconsole.log(answer);\n```',
];

/** Fills a conversation with `count` messages of its members, many requests at a time. */
export async function seed(conversationId, members, count) {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const i = next++;
      await members[Math.floor(i / 3) % members.length].say(
        conversationId,
        `${TEXTS[(i * 7) % TEXTS.length]} ${i + 1}`,
      );
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}
