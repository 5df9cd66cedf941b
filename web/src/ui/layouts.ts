/* Words typed with the keyboard in the other language: "fyyf" is "анна", "иди" may be "bob". */
const latin = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`";
const russian = 'йцукенгшщзхъфывапролджэячсмитьбюё';

const toRussian = new Map([...latin].map((key, index) => [key, russian[index] ?? key]));
const toLatin = new Map([...russian].map((key, index) => [key, latin[index] ?? key]));

function retyped(text: string, keys: ReadonlyMap<string, string>): string {
  return [...text.toLowerCase()].map((sign) => keys.get(sign) ?? sign).join('');
}

/** The same keys on the other layout; nothing when they give the same. */
export function otherLayouts(text: string): string[] {
  const plain = text.toLowerCase();
  return [retyped(text, toRussian), retyped(text, toLatin)].filter((other) => other !== plain);
}
