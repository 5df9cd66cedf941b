/* Who is called like somebody else. */
import { fold } from './fold';

/* By person, since lists of a thousand are looked through whenever one of them changes. */
const folds = new WeakMap<object, string>();

function foldOf(person: object, name: string): string {
  const known = folds.get(person) ?? fold(name);
  folds.set(person, known);
  return known;
}

/** The ids of those whose name another one has too, as people read it: case, marks and apostrophes make no other name. */
export function namesakes<T extends { id: string }>(
  people: readonly T[],
  nameOf: (person: T) => string,
): ReadonlySet<string> {
  const first = new Map<string, string>();
  const shared = new Set<string>();
  for (const person of people) {
    const name = foldOf(person, nameOf(person));
    const other = first.get(name);
    if (other === undefined) first.set(name, person.id);
    else if (other !== person.id) shared.add(other).add(person.id);
  }
  return shared;
}

/** What sentences and labels call somebody whose name is not theirs alone. */
export function withHandle(name: string, handle: string): string {
  return handle ? `${name} (${handle})` : name;
}
