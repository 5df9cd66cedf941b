import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { api, data, type Schemas } from '@/api';
import { useConversation } from '@/realtime';

const PAGE = 200;

export type Member = Schemas['Member'];

export interface Members {
  members: readonly Member[];
  status: 'loading' | 'ready' | 'failed';
  error: Error | null;
  hasMore: boolean;
  loadingMore: boolean;
  loadMore: () => void;
  reload: () => void;
}

const nobody: readonly Member[] = [];

/** The members of a group, a page at a time; asked for anew when somebody came, went or changed standing. */
export function useMembers(id: string): Members {
  const conversation = useConversation(id);
  const queries = useQueryClient();
  // Changes that are no messages: members, roles, title.
  const changes = conversation ? conversation.rev - conversation.seq : 0;
  const result = useInfiniteQuery({
    queryKey: ['members', id, changes],
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET('/v1/conversations/{id}/members', {
          params: { path: { id }, query: { limit: PAGE, ...(pageParam ? { after_user_id: pageParam } : {}) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => (page.has_more ? page.members.at(-1)?.user_id : undefined),
    placeholderData: keepPreviousData,
  });
  return {
    members: result.data?.pages.flatMap((page) => page.members) ?? nobody,
    status: result.data ? 'ready' : result.isError ? 'failed' : 'loading',
    error: result.error,
    hasMore: result.hasNextPage,
    loadingMore: result.isFetchingNextPage,
    loadMore: () => void result.fetchNextPage(),
    reload: () => void queries.invalidateQueries({ queryKey: ['members', id] }),
  };
}
