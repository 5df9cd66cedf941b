import type { InputHTMLAttributes, Ref } from 'react';
import {
  Button as AriaButton,
  Input,
  SearchField as AriaSearchField,
  type SearchFieldProps as AriaSearchFieldProps,
} from 'react-aria-components';

import { classes } from './classes';
import { IconClose, IconSearch } from './icons';
import styles from './SearchField.module.css';

export type SearchFieldProps = Omit<AriaSearchFieldProps, 'children' | 'className' | 'style' | 'aria-label'> & {
  label: string;
  placeholder?: string;
  clearLabel: string;
  inputRef?: Ref<HTMLInputElement>;
  /** Of the input, where it has a list of its own: then it is no search field to those who listen. */
  combobox?: InputHTMLAttributes<HTMLInputElement>;
  className?: string;
};

export function SearchField({
  label,
  placeholder,
  clearLabel,
  inputRef,
  combobox,
  className,
  ...rest
}: SearchFieldProps) {
  return (
    <AriaSearchField {...rest} aria-label={label} className={classes(styles.field, className)}>
      <IconSearch size={18} className={styles.icon} />
      <Input
        ref={inputRef}
        className={styles.input}
        placeholder={placeholder ?? label}
        {...(combobox ? { type: 'text', inputMode: 'search', role: 'combobox', 'aria-autocomplete': 'list' } : {})}
        {...combobox}
      />
      <AriaButton className={styles.clear} aria-label={clearLabel}>
        <IconClose size={16} />
      </AriaButton>
    </AriaSearchField>
  );
}
