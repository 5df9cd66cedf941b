import { useLingui } from '@lingui/react/macro';
import { useToday } from '@/ui/useToday';
import styles from './ChatRow.module.css';
import { rowTime } from './rowTime';

/** When something last happened in a chat. */
export function ChatTime({ at }: { at: string }) {
  const { i18n } = useLingui();
  const today = useToday();
  return (
    <time className={styles.time} dateTime={at}>
      {rowTime(at, i18n.locale, today)}
    </time>
  );
}
