import {
  Button as AriaButton,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select as AriaSelect,
  SelectValue,
} from 'react-aria-components';

import { IconCheck, IconChevronDown } from './icons';
import { OwnPresses } from './OwnPresses';
import styles from './Select.module.css';

export type SelectProps<Value extends string> = {
  label: string;
  value: Value;
  options: readonly { value: Value; text: string }[];
  onChange: (value: Value) => void;
  isDisabled?: boolean;
};

export function Select<Value extends string>({
  label,
  value,
  options,
  onChange,
  isDisabled = false,
}: SelectProps<Value>) {
  return (
    <AriaSelect
      className={styles.select}
      selectedKey={value}
      isDisabled={isDisabled}
      onSelectionChange={(key) => onChange(key as Value)}
    >
      <Label className={styles.label}>{label}</Label>
      <AriaButton className={styles.button}>
        <SelectValue className={styles.value} />
        <IconChevronDown size={16} />
      </AriaButton>
      <Popover className={styles.popover} offset={4}>
        <OwnPresses>
          <ListBox className={styles.list}>
            {options.map((option) => (
              <ListBoxItem key={option.value} id={option.value} textValue={option.text} className={styles.option}>
                {({ isSelected }) => (
                  <>
                    <span className={styles.text}>{option.text}</span>
                    {isSelected ? <IconCheck size={18} /> : null}
                  </>
                )}
              </ListBoxItem>
            ))}
          </ListBox>
        </OwnPresses>
      </Popover>
    </AriaSelect>
  );
}
