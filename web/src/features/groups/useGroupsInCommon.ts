import { useInfiniteQuery } from '@tanstack/react-query';
import { api, data, type Schemas } from '@/api';

const PAGE = 50;

export interface GroupsInCommon {
  groups: readonly Schemas['Conversation'][];
  status: 'loading' | 'ready' | 'failed';
  error: Error | null;
  hasMore: boolean;
  loadingMore: boolean;
  loadMore: () => void;
  retry: () => void;
}

/** The groups that I and somebody else both belong to, a page at a time. */
export function useGroupsInCommon(userId: string): GroupsInCommon {
  const result = useInfiniteQuery({
    queryKey: ['groups-in-common', userId],
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET('/v1/users/{user_id}/groups', {
          params: { path: { user_id: userId }, query: { limit: PAGE, after_id: pageParam } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => (page.has_more ? page.conversations.at(-1)?.id : undefined),
    // People come and go, and nothing tells of it here: whoever opens it sees how it is now.
    staleTime: 0,
  });
  return {
    groups: result.data?.pages.flatMap((page) => page.conversations) ?? [],
    status: result.data ? 'ready' : result.isError ? 'failed' : 'loading',
    error: result.error,
    hasMore: result.hasNextPage,
    loadingMore: result.isFetchingNextPage,
    loadMore: () => void result.fetchNextPage(),
    retry: () => void result.refetch(),
  };
}
