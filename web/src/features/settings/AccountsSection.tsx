import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Trans, useLingui } from '@lingui/react/macro';
import { api, data } from '@/api';
import { Button } from '@/ui/Button';
import { namesakes } from '@/ui/namesakes';
import { AccountRow } from './AccountRow';
import { ListFrame } from './ListFrame';
import styles from './SettingsPage.module.css';

const PAGE = 50;
const key = ['accounts'];

export function AccountsSection() {
  const { t } = useLingui();
  const queries = useQueryClient();
  const result = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET('/v1/accounts', {
          params: { query: { limit: PAGE, ...(pageParam ? { after_id: pageParam } : {}) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => (page.has_more ? page.accounts.at(-1)?.user?.id : undefined),
  });
  const accounts = result.data?.pages.flatMap((page) => page.accounts) ?? [];

  const shared = namesakes(
    accounts.flatMap(({ user }) => user ?? []),
    (user) => user.display_name,
  );

  return (
    <ListFrame result={result} label={t`Loading accounts`}>
      <ul className={styles.list} aria-label={t`Accounts`}>
        {accounts.map((account) => (
          <AccountRow
            key={account.user?.id}
            account={account}
            shared={shared.has(account.user?.id ?? '')}
            onChanged={() => queries.invalidateQueries({ queryKey: key })}
          />
        ))}
      </ul>
      {result.hasNextPage ? (
        <div className={styles.card}>
          <Button isPending={result.isFetchingNextPage} onPress={() => void result.fetchNextPage()}>
            <Trans>Show more</Trans>
          </Button>
        </div>
      ) : null}
    </ListFrame>
  );
}
