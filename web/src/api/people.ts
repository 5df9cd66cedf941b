/* Finding people of this server by name. Imported by itself: the query cache behind it is for parts that come later. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, data } from './client';
import type { User } from './session';

const PAUSE_MS = 220;
const nobody: readonly User[] = [];

/** The value once it has rested. */
function useRested<T>(value: T, pauseMs: number): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), pauseMs);
    return () => clearTimeout(timer);
  }, [value, pauseMs]);
  return rested;
}

export interface PeopleSearch {
  people: readonly User[];
  /** The people shown do not answer the query yet. */
  searching: boolean;
  error: Error | null;
  retry: () => void;
}

async function findPeople(query: string, others: readonly string[], signal: AbortSignal): Promise<User[]> {
  for (const attempt of [query, ...others]) {
    const answer = await data(api.GET('/v1/users', { params: { query: { query: attempt, limit: 30 } }, signal }));
    if (answer.users.length > 0) return answer.users;
  }
  return [];
}

/** `others` are tried one by one when nobody answers to the query: the same keys on another keyboard layout. */
export function usePeopleSearch(query: string, others: readonly string[] = []): PeopleSearch {
  const wanted = query.trim();
  const rested = useRested(wanted, PAUSE_MS);
  const result = useQuery({
    queryKey: ['people', rested],
    queryFn: ({ signal }) => findPeople(rested, others, signal),
    enabled: rested !== '',
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  });
  if (wanted === '') return { people: nobody, searching: false, error: null, retry: () => undefined };
  return {
    people: result.data ?? nobody,
    searching: rested !== wanted || result.isFetching,
    error: result.error,
    retry: () => void result.refetch(),
  };
}
