import { useLingui } from '@lingui/react/macro';
import type { EmojiEntry } from '@/ui/emoji/data';
import { EmojiPicker } from '@/ui/emoji/EmojiPicker';
import type { Language } from '@/ui/preferences';
import type { Typed } from '@/ui/TypeAhead';

interface PanelPickerProps {
  entries: readonly EmojiEntry[];
  typed: Typed;
  onPick: (emoji: string, more: boolean) => void;
}

/* The picker with our texts; loaded when the panel opens. */
export function PanelPicker(props: PanelPickerProps) {
  const { t, i18n } = useLingui();
  return (
    <EmojiPicker
      {...props}
      language={i18n.locale as Language}
      texts={{
        search: t`Find an emoji`,
        nothing: t`Nothing found`,
        recent: t`Used last`,
        all: t`All emoji`,
        jumpTo: t`Kinds of emoji`,
        groups: {
          0: t`Smileys and feelings`,
          1: t`People and gestures`,
          3: t`Animals and nature`,
          4: t`Food and drink`,
          5: t`Travel and places`,
          6: t`Activities`,
          7: t`Objects`,
          8: t`Symbols`,
          9: t`Flags`,
        },
        tone: t`Skin tone`,
        tones: {
          none: t`No skin tone`,
          light: t`Light skin`,
          'medium-light': t`Medium light skin`,
          medium: t`Medium skin`,
          'medium-dark': t`Medium dark skin`,
          dark: t`Dark skin`,
        },
      }}
    />
  );
}
