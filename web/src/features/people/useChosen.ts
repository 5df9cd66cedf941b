import { useMemo, useState } from 'react';
import type { PersonOption } from '@/ui/PersonList';

/** Several people being chosen, in the order in which they were. */
export function useChosen() {
  const [chosen, setChosen] = useState<readonly PersonOption[]>([]);
  const selected = useMemo(() => new Set(chosen.map((person) => person.id)), [chosen]);
  const remove = (id: string) => setChosen(chosen.filter((person) => person.id !== id));
  const toggle = (person: PersonOption) => {
    if (selected.has(person.id)) remove(person.id);
    else setChosen([...chosen, person]);
  };
  return { chosen, selected, toggle, remove };
}
