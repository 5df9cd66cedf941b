import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { act, fireEvent, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Profiler } from 'react';
import { beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { realtime, realtimeStore, type ConversationView, type Draft } from '@/realtime';
import { runCommand } from '@/ui/commands';
import { Composer } from './Composer';
import { TEXT_BYTES_MAX } from './text';

const send = vi.spyOn(realtime, 'send');
const setTyping = vi.spyOn(realtime, 'setTyping').mockImplementation(() => undefined);
const saveDraft = vi.spyOn(realtime, 'saveDraft');
vi.spyOn(realtime, 'draft').mockImplementation((id) => realtimeStore.getState().drafts[id]);

function setDraft(id: string, draft: Draft | null): void {
  const drafts = { ...realtimeStore.getState().drafts };
  if (draft) drafts[id] = draft;
  else delete drafts[id];
  realtimeStore.setState({ drafts });
}

beforeAll(() => {
  i18n.loadAndActivate({ locale: 'en', messages: {} });
});
beforeEach(() => {
  vi.clearAllMocks();
  realtimeStore.setState({ drafts: {} });
  send.mockResolvedValue('client id');
  saveDraft.mockImplementation(setDraft);
});

function show(props: Partial<Parameters<typeof Composer>[0]> = {}) {
  const view = (more: typeof props = {}) => (
    <I18nProvider i18n={i18n}>
      <Composer conversationId="a" {...props} {...more} />
    </I18nProvider>
  );
  const { rerender } = render(view());
  return {
    again: (more: typeof props) => {
      rerender(view(more));
    },
  };
}

const field = () => screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Message' });

test('Enter sends what stands there, trimmed, and empties the field', async () => {
  show();
  await userEvent.type(field(), '  hello {Enter}');
  expect(send).toHaveBeenCalledExactlyOnceWith('a', '  hello');
  expect(field().value).toBe('');
});

test('where the account of the other one is closed there is a note instead of the field', () => {
  const refresh = vi.spyOn(realtime, 'refreshUser').mockImplementation(() => undefined);
  const bob = { id: 'bob', username: 'bob', display_name: 'Bob', about: '', closed: true };
  const chat = { id: 'a', kind: 'direct', peerId: 'bob' } as ConversationView;
  realtimeStore.setState({ conversations: { a: chat }, users: { bob } });
  show();
  expect(screen.queryByRole('textbox')).toBeNull();
  expect(screen.getByRole('status').textContent).toContain('This account is closed');
  expect(refresh, 'it may be open again').toHaveBeenCalledExactlyOnceWith('bob');
  act(() => realtimeStore.setState({ users: { bob: { ...bob, closed: false } } }));
  expect(field()).toBeTruthy();
  realtimeStore.setState({ conversations: {}, users: {} });
});

test('Shift+Enter breaks the line', async () => {
  show();
  await userEvent.type(field(), 'a{Shift>}{Enter}{/Shift}b');
  expect(field().value).toBe('a\nb');
  expect(send).not.toHaveBeenCalled();
});

test('the setting swaps the two: Enter breaks the line, Ctrl+Enter sends', async () => {
  show({ enterSends: false });
  await userEvent.type(field(), 'a{Enter}b');
  expect(send).not.toHaveBeenCalled();
  await userEvent.type(field(), '{Control>}{Enter}{/Control}');
  expect(send).toHaveBeenCalledExactlyOnceWith('a', 'a\nb');
});

test('Enter that chooses a word of an input method sends nothing', async () => {
  show();
  await userEvent.type(field(), 'に');
  fireEvent.keyDown(field(), { key: 'Enter', isComposing: true });
  fireEvent.keyDown(field(), { key: 'Enter', keyCode: 229 });
  expect(send).not.toHaveBeenCalled();
});

test('spaces alone are nothing to send', async () => {
  show();
  await userEvent.type(field(), '   {Enter}');
  expect(send).not.toHaveBeenCalled();
  expect(screen.getByRole('button', { name: 'Send' })).toHaveProperty('disabled', true);
});

test('a text that could not be kept is back in the field', async () => {
  send.mockRejectedValueOnce(new Error('no room'));
  show();
  await userEvent.type(field(), 'precious{Enter}');
  await waitFor(() => {
    expect(field().value).toBe('precious');
  });
});

test('each chat has its own draft, with its caret, and never another one’s', async () => {
  setDraft('b', { text: 'for b', caret: 3 });
  const { again } = show();
  await userEvent.type(field(), 'for a');
  again({ conversationId: 'b' });
  expect(field().value).toBe('for b');
  expect(field().selectionStart).toBe(3);
  again({ conversationId: 'a' });
  expect(field().value).toBe('for a');
});

test('a draft written in another tab appears, and its sending empties this field', () => {
  show();
  act(() => {
    setDraft('a', { text: 'from there', caret: 10 });
  });
  expect(field().value).toBe('from there');
  act(() => {
    setDraft('a', null);
  });
  expect(field().value).toBe('');
});

test('tells the others that one is typing, but not that one has emptied the field', async () => {
  show();
  await userEvent.type(field(), 'x');
  expect(setTyping).toHaveBeenCalledExactlyOnceWith('a');
  await userEvent.type(field(), '{Backspace}');
  expect(setTyping).toHaveBeenCalledOnce();
});

test('a key press renders nothing', async () => {
  const rendered = vi.fn();
  render(
    <I18nProvider i18n={i18n}>
      <Profiler id="composer" onRender={rendered}>
        <Composer conversationId="a" />
      </Profiler>
    </I18nProvider>,
  );
  await userEvent.type(field(), 'a');
  rendered.mockClear();
  await userEvent.type(field(), 'bcdefgh');
  expect(rendered).not.toHaveBeenCalled();
});

test('near the limit the room is told, over it nothing is sent and nothing is lost', async () => {
  show();
  const long = 'щ'.repeat(TEXT_BYTES_MAX / 2 - 3);
  fireEvent.input(field(), { target: { value: long } });
  expect(screen.getByRole('status').textContent).toBe('3 left');
  fireEvent.input(field(), { target: { value: `${long}щщщщщ` } });
  expect(screen.getByRole('status').textContent).toBe('Too long by 2');
  await userEvent.type(field(), '{Enter}');
  expect(send).not.toHaveBeenCalled();
  expect(field().value).toHaveLength(TEXT_BYTES_MAX / 2 + 2);
});

test('a paste over the limit is refused and offers the part that fits', async () => {
  show();
  await userEvent.type(field(), 'before ');
  await userEvent.paste('щ'.repeat(TEXT_BYTES_MAX));
  expect(field().value).toBe('before ');
  await userEvent.click(screen.getByRole('button', { name: 'Paste the part that fits' }));
  expect(new TextEncoder().encode(field().value).length).toBeLessThanOrEqual(TEXT_BYTES_MAX);
  expect(field().value.length).toBeGreaterThan(8000);
  expect(screen.queryByRole('alert')).toBeNull();
});

test('formatting keys work in the field and nowhere else', async () => {
  show();
  await userEvent.type(field(), 'bold');
  field().setSelectionRange(0, 4);
  expect(runCommand('bold')).toBe(true);
  expect(field().value).toBe('**bold**');
  field().blur();
  expect(runCommand('bold')).toBe(false);
});
