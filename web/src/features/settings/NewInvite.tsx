import { plural } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { Button } from '@/ui/Button';
import { IconPlus } from '@/ui/icons';
import { Select } from '@/ui/Select';
import styles from './SettingsPage.module.css';

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;

const uses = ['1', '5', '10', '50', '100'] as const;
const lives = { hour: HOUR_S, day: DAY_S, week: 7 * DAY_S, month: 30 * DAY_S } as const;

interface NewInviteProps {
  busy: boolean;
  onCreate: (uses: number, ttlS: number) => void;
}

export function NewInvite({ busy, onCreate }: NewInviteProps) {
  const { t } = useLingui();
  const [count, setCount] = useState<(typeof uses)[number]>('1');
  const [life, setLife] = useState<keyof typeof lives>('week');
  return (
    <>
      <div className={styles.pair}>
        <Select
          label={t`For how many people`}
          value={count}
          options={uses.map((value) => ({
            value,
            text: t`${plural(Number(value), { one: '# person', other: '# people' })}`,
          }))}
          onChange={setCount}
        />
        <Select
          label={t`For how long`}
          value={life}
          options={[
            { value: 'hour', text: t`One hour` },
            { value: 'day', text: t`One day` },
            { value: 'week', text: t`One week` },
            { value: 'month', text: t`30 days` },
          ]}
          onChange={setLife}
        />
      </div>
      <div className={styles.buttons}>
        <Button
          tone="primary"
          icon={<IconPlus />}
          isPending={busy}
          onPress={() => onCreate(Number(count), lives[life])}
        >
          <Trans>Create an invitation</Trans>
        </Button>
      </div>
    </>
  );
}
