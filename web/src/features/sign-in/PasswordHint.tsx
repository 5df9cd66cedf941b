import { useLingui } from '@lingui/react/macro';
import styles from './PasswordHint.module.css';
import { passwordStrength } from './rules';

/* How hard the password is to guess, by its length. */
export function PasswordHint({ password }: { password: string }) {
  const { t } = useLingui();
  const strength = passwordStrength(password);
  const texts = [
    t`8 characters or more. A short sentence is easy to keep in mind.`,
    t`Weak: a few more characters help a lot.`,
    t`Fair: longer is still better.`,
    t`Good.`,
  ];
  return (
    <div className={styles.hint} data-strength={strength}>
      <div className={styles.bars} aria-hidden="true">
        <span />
        <span />
        <span />
      </div>
      <p role="status">{texts[strength]}</p>
    </div>
  );
}
