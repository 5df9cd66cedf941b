/* Finding people of this server by name. Imported by itself: the query cache behind it is for parts that come later. */
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, data } from './client';
import { ApiError } from './errors';
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

const PAGE = 100;

export interface PeopleList {
  /** A to Z, as far as they were asked for. */
  people: readonly User[];
  loading: boolean;
  error: Error | null;
  retry: () => void;
  /** This server lists nobody: people are found by name only. */
  hidden: boolean;
  hasMore: boolean;
  loadMore: () => void;
}

/** The people of this server, A to Z, a page at a time. */
export function usePeopleList(): PeopleList {
  const result = useInfiniteQuery({
    queryKey: ['people-list'],
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET('/v1/people', { params: { query: { order: 'BY_NAME', after_id: pageParam, limit: PAGE } }, signal }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => (page.has_more ? page.users.at(-1)?.id : undefined),
    staleTime: 30_000,
  });
  const hidden = result.isError && ApiError.from(result.error).code === 'forbidden';
  return {
    people: result.data?.pages.flatMap((page) => page.users) ?? nobody,
    loading: result.isPending,
    error: hidden ? null : result.error,
    retry: () => void result.refetch(),
    hidden,
    hasMore: result.hasNextPage,
    loadMore: () => {
      if (!result.isFetchingNextPage) void result.fetchNextPage();
    },
  };
}
