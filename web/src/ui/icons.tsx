/* Our own icons: 24 by 24, drawn with one line, decorative; the text beside them or the label of the button says the same. */
import type { ReactNode, SVGProps } from 'react';

export type IconProps = Omit<SVGProps<SVGSVGElement>, 'children'> & { size?: number };
export type IconComponent = (props: IconProps) => ReactNode;

/* Sizes are told in px of text of the usual size, and grow with it. */
export const rem = (px: number) => `${px / 16}rem`;

function icon(name: string, drawing: ReactNode): IconComponent {
  function Icon({ size = 20, ...rest }: IconProps) {
    return (
      <svg
        width={rem(size)}
        height={rem(size)}
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        strokeWidth={1.8}
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
        {...rest}
      >
        {drawing}
      </svg>
    );
  }
  Icon.displayName = name;
  return Icon;
}

const line = (d: string) => <path d={d} />;

export const IconSearch = icon('IconSearch', line('M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.3 15.3 20 20'));
export const IconBookmark = icon('IconBookmark', line('M7 4.5h10a1 1 0 0 1 1 1V20l-6-4.4L6 20V5.5a1 1 0 0 1 1-1z'));
export const IconCompose = icon(
  'IconCompose',
  line(
    'M12 4.5H7A2.5 2.5 0 0 0 4.5 7v10A2.5 2.5 0 0 0 7 19.5h10a2.5 2.5 0 0 0 2.5-2.5v-5M17.6 3.9a1.77 1.77 0 0 1 2.5 2.5L12.5 14l-3.3.8.8-3.3z',
  ),
);
export const IconEdit = icon('IconEdit', line('M16.6 4.4a2.1 2.1 0 0 1 3 3L8.5 18.5 4.5 19.5l1-4zM14.5 6.5l3 3'));
export const IconSettings = icon(
  'IconSettings',
  <>
    <circle cx="12" cy="12" r="2.8" />
    <path d="M19.3 14.2a1.4 1.4 0 0 0 .28 1.55l.05.05a1.7 1.7 0 1 1-2.4 2.4l-.05-.05a1.4 1.4 0 0 0-2.38 1V19.3a1.7 1.7 0 1 1-3.4 0v-.08a1.4 1.4 0 0 0-2.47-.96l-.05.05a1.7 1.7 0 1 1-2.4-2.4l.05-.05a1.4 1.4 0 0 0-1-2.38h-.13a1.7 1.7 0 1 1 0-3.4h.08a1.4 1.4 0 0 0 .96-2.47l-.05-.05a1.7 1.7 0 1 1 2.4-2.4l.05.05a1.4 1.4 0 0 0 2.36-.96V4.1a1.7 1.7 0 1 1 3.4 0v.08a1.4 1.4 0 0 0 2.38 1l.05-.05a1.7 1.7 0 1 1 2.4 2.4l-.05.05a1.4 1.4 0 0 0 1 2.38h.13a1.7 1.7 0 1 1 0 3.4h-.08a1.4 1.4 0 0 0-1.13.84z" />
  </>,
);
export const IconBack = icon('IconBack', line('M19 12H5.5M11 5.8 4.8 12l6.2 6.2'));
export const IconClose = icon('IconClose', line('M6.2 6.2l11.6 11.6M17.8 6.2 6.2 17.8'));
export const IconCheck = icon('IconCheck', line('M5 12.6l4.6 4.6L19 7.4'));
export const IconChecks = icon('IconChecks', line('M2.5 12.6l4.4 4.6 8.6-9.8M11.6 16.2l1 1 8.9-9.8'));
export const IconClock = icon('IconClock', line('M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 7.8V12l2.8 1.8'));
export const IconAlert = icon('IconAlert', line('M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 8v4.6M12 15.9v.1'));
export const IconInfo = icon('IconInfo', line('M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 11.4V16M12 8v.1'));
export const IconAt = icon(
  'IconAt',
  line('M12 15.6a3.6 3.6 0 1 0 0-7.2 3.6 3.6 0 0 0 0 7.2zM15.6 8.4v4.9a2.3 2.3 0 0 0 4.4.8A8.2 8.2 0 1 0 16 19.1'),
);
export const IconMore = icon(
  'IconMore',
  <g fill="currentColor" stroke="none">
    <circle cx="5.5" cy="12" r="1.7" />
    <circle cx="12" cy="12" r="1.7" />
    <circle cx="18.5" cy="12" r="1.7" />
  </g>,
);
export const IconSmile = icon(
  'IconSmile',
  line('M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM8.5 13.8a4 4 0 0 0 7 0M9.2 9.3v.1M14.8 9.3v.1'),
);
export const IconSend = icon('IconSend', line('M12 19V5.5M5.8 11.5 12 5.2l6.2 6.3'));
export const IconUser = icon(
  'IconUser',
  line('M12 11.5a3.75 3.75 0 1 0 0-7.5 3.75 3.75 0 0 0 0 7.5zM4.8 20a7.2 7.2 0 0 1 14.4 0'),
);
export const IconUsers = icon(
  'IconUsers',
  line(
    'M9.2 11.2a3.4 3.4 0 1 0 0-6.8 3.4 3.4 0 0 0 0 6.8zM2.8 19.2a6.4 6.4 0 0 1 12.8 0M15.6 4.7a3.4 3.4 0 0 1 0 6.2M18.2 14.2a6.4 6.4 0 0 1 3 5',
  ),
);
export const IconUserPlus = icon(
  'IconUserPlus',
  line('M10 11.2a3.4 3.4 0 1 0 0-6.8 3.4 3.4 0 0 0 0 6.8zM3.4 19.4a6.6 6.6 0 0 1 13.2 0M18.6 8v5.4M15.9 10.7h5.4'),
);
export const IconSignOut = icon(
  'IconSignOut',
  line('M10 4.5H7A2.5 2.5 0 0 0 4.5 7v10A2.5 2.5 0 0 0 7 19.5h3M15.4 8.2l3.8 3.8-3.8 3.8M19 12H9.8'),
);
export const IconLock = icon(
  'IconLock',
  line('M7 10.5h10a2 2 0 0 1 2 2V18a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2v-5.5a2 2 0 0 1 2-2zM8 10.5V8a4 4 0 0 1 8 0v2.5'),
);
export const IconMoon = icon('IconMoon', line('M19.6 14.4A8 8 0 0 1 9.6 4.4a8 8 0 1 0 10 10z'));
export const IconGlobe = icon(
  'IconGlobe',
  line(
    'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM4 12h16M12 4c2.2 2.2 3.3 4.9 3.3 8s-1.1 5.8-3.3 8c-2.2-2.2-3.3-4.9-3.3-8S9.8 6.2 12 4z',
  ),
);
export const IconKeyboard = icon(
  'IconKeyboard',
  line(
    'M5 6.5h14a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2zM7 10.2v.1M10.3 10.2v.1M13.7 10.2v.1M17 10.2v.1M8.5 14h7',
  ),
);
export const IconDevices = icon(
  'IconDevices',
  line(
    'M12.5 17.5H3.5M4.5 14.5v-7a2 2 0 0 1 2-2h11a2 2 0 0 1 2 2M17 10.5h2.5a1.5 1.5 0 0 1 1.5 1.5v5.5a1.5 1.5 0 0 1-1.5 1.5H17a1.5 1.5 0 0 1-1.5-1.5V12a1.5 1.5 0 0 1 1.5-1.5z',
  ),
);
export const IconLink = icon(
  'IconLink',
  line(
    'M10.2 13.8a3.6 3.6 0 0 0 5.1 0l3.1-3.1a3.6 3.6 0 0 0-5.1-5.1l-.9.9M13.8 10.2a3.6 3.6 0 0 0-5.1 0l-3.1 3.1a3.6 3.6 0 0 0 5.1 5.1l.9-.9',
  ),
);
export const IconQr = icon(
  'IconQr',
  line(
    'M4.5 4.5h6v6h-6zM13.5 4.5h6v6h-6zM4.5 13.5h6v6h-6zM13.5 13.5h2.5v2.5h-2.5zM19.5 13.5v.1M19.5 19.5v-2.5M16 19.5h-2.5',
  ),
);
export const IconShare = icon('IconShare', line('M12 15V4.5M8 8l4-3.8L16 8M6 12H5v8h14v-8h-1'));
export const IconCopy = icon(
  'IconCopy',
  line(
    'M10.5 8.5H17a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2h-6.5a2 2 0 0 1-2-2v-6.5a2 2 0 0 1 2-2zM15.5 5.5A1.5 1.5 0 0 0 14 4H7a3 3 0 0 0-3 3v7a1.5 1.5 0 0 0 1.5 1.5',
  ),
);
export const IconTrash = icon(
  'IconTrash',
  line(
    'M5 7h14M9.5 7V5.5A1.5 1.5 0 0 1 11 4h2a1.5 1.5 0 0 1 1.5 1.5V7M7 7l.7 11.1a2 2 0 0 0 2 1.9h4.6a2 2 0 0 0 2-1.9L17 7M10.3 11v5M13.7 11v5',
  ),
);
export const IconPlus = icon('IconPlus', line('M12 5.5v13M5.5 12h13'));
export const IconChevronDown = icon('IconChevronDown', line('M6.5 9.5 12 15l5.5-5.5'));
export const IconChevronUp = icon('IconChevronUp', line('M6.5 14.5 12 9l5.5 5.5'));
export const IconChevronRight = icon('IconChevronRight', line('M9.5 6.5 15 12l-5.5 5.5'));
export const IconArrowDown = icon('IconArrowDown', line('M12 5v13.5M5.8 12.5 12 18.8l6.2-6.3'));
export const IconArrowUp = icon('IconArrowUp', line('M12 19V5.5M5.8 11.5 12 5.2l6.2 6.3'));
export const IconRetry = icon('IconRetry', line('M19 12a7 7 0 1 1-2.2-5.1M17.5 3.5v4h-4'));
export const IconCrown = icon('IconCrown', line('M4 8.5l3.7 3L12 5.5l4.3 6 3.7-3-1.6 9.5H5.6z'));
export const IconShield = icon(
  'IconShield',
  line('M12 4l6.5 2.3v5.2c0 4-2.7 7-6.5 8.5-3.8-1.5-6.5-4.5-6.5-8.5V6.3zM9 12l2.2 2.2L15.2 10'),
);
export const IconEye = icon(
  'IconEye',
  line(
    'M2.8 12S6 5.8 12 5.8 21.2 12 21.2 12 18 18.2 12 18.2 2.8 12 2.8 12zM12 14.7a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4z',
  ),
);
export const IconEyeOff = icon(
  'IconEyeOff',
  line(
    'M9.7 6.1A9 9 0 0 1 12 5.8c6 0 9.2 6.2 9.2 6.2a15 15 0 0 1-2.5 3.3M14.1 14.1a2.9 2.9 0 0 1-4.2-4.2M6.5 7.5A14.6 14.6 0 0 0 2.8 12S6 18.2 12 18.2a8.7 8.7 0 0 0 4.6-1.4M4 4l16 16',
  ),
);
export const IconTicket = icon(
  'IconTicket',
  line(
    'M5 6.5h14a1.5 1.5 0 0 1 1.5 1.5v1.8a2.2 2.2 0 0 0 0 4.4V16a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 16v-1.8a2.2 2.2 0 0 0 0-4.4V8A1.5 1.5 0 0 1 5 6.5zM14 10v4',
  ),
);
export const IconChat = icon(
  'IconChat',
  line(
    'M12 4.5c4.7 0 8.5 3.2 8.5 7.2S16.7 19 12 19c-1 0-2-.1-2.9-.4L4.5 20l1.3-3.5a6.7 6.7 0 0 1-2.3-4.8c0-4 3.8-7.2 8.5-7.2z',
  ),
);
export const IconOffline = icon(
  'IconOffline',
  line(
    'M4 4l16 16M8.3 8.7A11 11 0 0 0 4.6 11M12.4 7.6a11 11 0 0 1 7 3.4M7.6 14.2a6.6 6.6 0 0 1 4-1.7M16.4 14.2l-.5-.4M12 18v.1',
  ),
);
