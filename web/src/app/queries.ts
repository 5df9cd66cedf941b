/* What the REST pages (people, members, sessions, invitations, accounts) have fetched. One cache per signed-in user. */
import { QueryClient } from '@tanstack/react-query';
import { ApiError } from '@/api';

export function newQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // The REST client repeats what may be repeated.
        retry: false,
        staleTime: 10_000,
        refetchOnWindowFocus: (query) => ApiError.from(query.state.error).code !== 'forbidden',
      },
    },
  });
}
