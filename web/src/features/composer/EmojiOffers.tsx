import { useLingui } from '@lingui/react/macro';
import { useEffect } from 'react';
import styles from './EmojiOffers.module.css';
import type { EmojiOffer } from './useEmojiCompletion';

export const OFFERS_ID = 'composer-emoji';
export const offerId = (index: number) => `${OFFERS_ID}-${String(index)}`;

interface EmojiOffersProps {
  offers: readonly EmojiOffer[];
  active: number;
  onTake: (offer: EmojiOffer) => void;
}

/* The focus and the keys stay in the field. */
export function EmojiOffers({ offers, active, onTake }: EmojiOffersProps) {
  const { t } = useLingui();
  // With large letters they may be more than the list shows at once.
  useEffect(() => {
    // Some browsers answer a promise, which is no clean-up.
    document.getElementById(offerId(active))?.scrollIntoView({ block: 'nearest' });
  }, [active, offers]);
  return (
    <div id={OFFERS_ID} role="listbox" aria-label={t`Emoji`} className={styles.list}>
      {offers.map((offer, index) => (
        // eslint-disable-next-line jsx-a11y-x/click-events-have-key-events -- the keys come to the field, which has the focus
        <div
          key={offer.emoji}
          id={offerId(index)}
          role="option"
          aria-selected={index === active}
          tabIndex={-1}
          className={styles.offer}
          onPointerDown={(event) => event.preventDefault()} // the focus stays in the field
          onClick={() => onTake(offer)}
        >
          <span className={styles.emoji}>{offer.emoji}</span>
          <span className={styles.label}>{offer.label}</span>
          {offer.code === undefined ? null : <span className={styles.code}>:{offer.code}:</span>}
        </div>
      ))}
    </div>
  );
}
