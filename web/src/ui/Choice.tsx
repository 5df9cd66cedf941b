import type { ReactNode } from 'react';
import { Label, Radio, RadioGroup } from 'react-aria-components';

import styles from './Choice.module.css';

export type ChoiceProps<Value extends string> = {
  label: string;
  hideLabel?: boolean;
  value: Value;
  options: readonly { value: Value; text: string; icon?: ReactNode }[];
  onChange: (value: Value) => void;
};

/* One of a few, all in view. */
export function Choice<Value extends string>({
  label,
  hideLabel = false,
  value,
  options,
  onChange,
}: ChoiceProps<Value>) {
  return (
    <RadioGroup className={styles.group} value={value} onChange={(next) => onChange(next as Value)}>
      <Label className={hideLabel ? 'visually-hidden' : styles.label}>{label}</Label>
      <div className={styles.options}>
        {options.map((option) => (
          <Radio key={option.value} value={option.value} className={styles.option}>
            {option.icon}
            {option.text}
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}
