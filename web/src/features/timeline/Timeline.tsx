/* The messages of a conversation: loading, reading position, unread divider, jumps, what is announced. */
import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useSession } from '@/api';
import {
  realtime,
  useConversation,
  useReads,
  useTimeline,
  type ConversationView,
  type JumpResult,
  type TimelineView,
} from '@/realtime';
import { Button } from '@/ui/Button';
import { useCommand } from '@/ui/commands';
import { EmptyState } from '@/ui/EmptyState';
import { IconChat } from '@/ui/icons';
import { showToast } from '@/ui/toasts';
import { Corner } from './Corner';
import { GhostRows } from './Edge';
import { toItems, type Item } from './items';
import { LogController, type Start } from './LogController';
import { createLogStore, LogContext } from './logState';
import { MessageLog } from './MessageLog';
import { placeIn, type Place } from './place';
import { StickyDay } from './StickyDay';
import styles from './Timeline.module.css';
import { useAnnouncements } from './useAnnouncements';
import { useHighlight } from './useHighlight';
import { useMarkRead } from './useMarkRead';
import { reachesUnread, useUnreadDivider } from './useUnreadDivider';

interface TimelineProps {
  conversationId: string;
  /** Of the message that a link leads to. */
  jumpTo?: number | undefined;
}

export function Timeline(props: TimelineProps) {
  /* Everything about the reader belongs to one visit of one conversation. */
  return <Visit key={props.conversationId} {...props} />;
}

function Visit({ conversationId, jumpTo }: TimelineProps) {
  const view = useTimeline(conversationId);
  const conversation = useConversation(conversationId);
  const { userId } = useSession();
  useReads(conversationId);

  /* A link leads to its own stretch at once, without a glimpse of the end. */
  const target = useRef(jumpTo);
  const [arrived, setArrived] = useState(jumpTo === undefined);
  const [placed, setPlaced] = useState(false);
  useEffect(() => {
    const seq = target.current;
    if (seq === undefined) void realtime.open(conversationId);
    else {
      void realtime.jumpTo(conversationId, seq).then((result) => {
        if (result !== 'ok') void realtime.open(conversationId);
        setArrived(true);
      });
    }
    realtime.setFocus([conversationId]);
    return () => {
      realtime.setFocus([]);
    };
  }, [conversationId]);

  if (view.status === 'failed' && view.entries.length === 0) {
    return <Failed conversationId={conversationId} />;
  }
  const known = view.status === 'ready' || view.entries.length > 0;
  if (!placed && conversation && known && reachesUnread(conversation, view)) setPlaced(true);
  if (!conversation || !userId || !known || !arrived || !placed) return <Loading />;
  return <Reading view={view} conversation={conversation} selfId={userId} jumpTo={jumpTo} />;
}

interface ReadingProps {
  view: TimelineView;
  conversation: ConversationView;
  selfId: string;
  jumpTo: number | undefined;
}

function Reading({ view, conversation, selfId, jumpTo }: ReadingProps) {
  const { id, kind } = conversation;
  const { t } = useLingui();
  const [store] = useState(createLogStore);
  const [controller] = useState(() => new LogController(id, store));
  const items = useMemo(() => toItems(view.entries, selfId), [view.entries, selfId]);
  const divider = useUnreadDivider(conversation, items);
  const context = useMemo(() => ({ conversationId: id, kind, selfId, store }), [id, kind, selfId, store]);
  const { start, jump, back, goBack, toEnd } = useJumps(id, controller, items, jumpTo);

  useMarkRead(id, store, items);
  useAnnouncements(id);
  useHighlight(store, controller);
  useOwnSend(items, view.hasNewer, toEnd, divider.clear);
  const toDivider = useCallback(() => {
    controller.goTo({ at: 'unread' });
  }, [controller]);
  useCommand('latest', toEnd);
  useCommand('firstUnread', () => {
    if (divider.after === null) return false;
    toDivider();
    return true;
  });

  return (
    <LogContext value={context}>
      <div className={styles.timeline}>
        <MessageLog
          key={view.stretch}
          controller={controller}
          store={store}
          view={view}
          items={items}
          selfId={selfId}
          unreadAfter={divider.after}
          start={start}
          label={t`Messages`}
          onEnd={toEnd}
        />
        {view.status === 'ready' && !items.some((item) => item.kind === 'message') ? <Empty /> : null}
        <StickyDay />
        <Corner
          unread={conversation.unread}
          hasNewer={view.hasNewer}
          onEnd={toEnd}
          onBack={back ? goBack : null}
          onDivider={toDivider}
        />
      </div>
      <JumpTarget seq={jumpTo} jump={jump} />
    </LogContext>
  );
}

/* A link to a message that is followed while its chat is open. */
function JumpTarget({ seq, jump }: { seq: number | undefined; jump: (seq: number) => void }) {
  useEffect(() => {
    if (seq !== undefined && seq > 0) jump(seq);
  }, [seq, jump]);
  return null;
}

/* Where a stretch begins, and the ways between stretches. */
function useJumps(id: string, controller: LogController, items: readonly Item[], jumpTo: number | undefined) {
  const { i18n } = useLingui();
  const [back, setBack] = useState<Place | null>(null);
  const next = useRef<Start | null>(jumpTo ? { at: 'seq', seq: jumpTo } : null);
  const known = useRef(items);
  useEffect(() => {
    known.current = items;
  });
  const first = useRef(true);
  useEffect(() => {
    first.current = false;
  }, []);

  /* Asked by each stretch as it appears. */
  const start = useCallback((): Start => {
    const wanted = next.current;
    const fresh = first.current;
    if (wanted) return wanted;
    const place = fresh ? placeIn(id) : undefined;
    if (
      place &&
      !place.atEnd &&
      known.current.some((item) => item.key === place.key || `day:${item.key}` === place.key)
    ) {
      return { at: 'row', key: place.key, top: place.top };
    }
    return fresh ? { at: 'unread' } : { at: 'end' };
  }, [id]);

  const show = useCallback(
    async (seq: number, target: Start): Promise<boolean> => {
      next.current = target;
      const result = await realtime.jumpTo(id, seq);
      next.current = null;
      if (result === 'ok') await new Promise<void>((there) => controller.goTo(target, there));
      else showToast(i18n._(whyNot[result]), { tone: 'error' });
      return result === 'ok';
    },
    [controller, id, i18n],
  );

  const jump = useCallback(
    (seq: number) => {
      const from = controller.place();
      void show(seq, { at: 'seq', seq }).then((shown) => {
        if (!shown) return;
        controller.highlight(seq);
        if (from) setBack(from);
      });
    },
    [controller, show],
  );

  const toEnd = useCallback(() => {
    setBack(null);
    controller.toEndOf(() => realtime.jumpToEnd(id));
  }, [controller, id]);

  const goBack = useCallback(() => {
    if (!back) return;
    setBack(null);
    if (back.atEnd || back.seq === 0) controller.toEndOf(() => realtime.jumpToEnd(id));
    else void show(back.seq, { at: 'row', key: back.key, top: back.top });
  }, [back, controller, id, show]);

  return { start, jump, back, goBack, toEnd };
}

const whyNot: Record<Exclude<JumpResult, 'ok'>, MessageDescriptor> = {
  missing: msg`This message is not here any more`,
  forbidden: msg`You may not see this message`,
  failed: msg`The message could not be loaded. Try again when you are online.`,
};

/* A message of mine: the divider has done its work, and the end is where I look now. */
function useOwnSend(items: readonly Item[], hasNewer: boolean, toEnd: () => void, clearDivider: () => void): void {
  const last = items.at(-1);
  const pending = last?.entry.kind === 'pending' ? last.key : null;
  const seen = useRef(pending);
  useEffect(() => {
    if (pending === seen.current) return;
    seen.current = pending;
    if (pending === null || hasNewer) return;
    clearDivider();
    toEnd();
  }, [pending, hasNewer, clearDivider, toEnd]);
}

function Loading() {
  const { t } = useLingui();
  return (
    <div className={styles.timeline} aria-busy="true" aria-label={t`Loading messages`} role="region">
      <div className={styles.ghosts}>
        <GhostRows widths={['38%', '52%', '61%', '28%', '47%', '55%', '33%', '44%', '50%']} />
      </div>
    </div>
  );
}

function Failed({ conversationId }: { conversationId: string }) {
  const { t } = useLingui();
  return (
    <div className={styles.timeline}>
      <div className={styles.middle}>
        <EmptyState
          title={t`The messages could not be loaded`}
          text={<Trans>Check the connection and try again.</Trans>}
          action={<Button tone="primary" onPress={() => void realtime.open(conversationId)}>{t`Retry`}</Button>}
        />
      </div>
    </div>
  );
}

function Empty() {
  const { t } = useLingui();
  return (
    <div className={styles.empty}>
      <EmptyState
        icon={<IconChat size={28} />}
        title={t`No messages yet`}
        text={<Trans>Write the first one: it arrives at once.</Trans>}
        action={
          <Button
            tone="primary"
            onPress={() => document.getElementById('composer')?.focus()}
          >{t`Write a message`}</Button>
        }
      />
    </div>
  );
}
