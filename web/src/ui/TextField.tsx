import { useState, type ReactNode, type Ref } from 'react';
import {
  Button as AriaButton,
  FieldError,
  Group,
  Input,
  Label,
  Text,
  TextArea,
  TextField as AriaTextField,
  type TextFieldProps as AriaTextFieldProps,
} from 'react-aria-components';

import { classes } from './classes';
import { IconEye, IconEyeOff } from './icons';
import styles from './TextField.module.css';

export type TextFieldProps = Omit<AriaTextFieldProps, 'children' | 'className' | 'style'> & {
  label: string;
  /* Stands below the field at all times; an error replaces it. */
  hint?: ReactNode;
  error?: string | null;
  placeholder?: string;
  rows?: number;
  /* Stands inside, at the beginning or the end of the field. */
  before?: ReactNode;
  after?: ReactNode;
  inputRef?: Ref<HTMLInputElement>;
  className?: string;
};

export function TextField(props: TextFieldProps) {
  const { label, hint, error, placeholder, rows, before, after, inputRef, className, ...rest } = props;
  return (
    <AriaTextField
      {...rest}
      isInvalid={Boolean(error)}
      validationBehavior="aria"
      className={classes(styles.field, className)}
    >
      <Label className={styles.label}>{label}</Label>
      <Group className={styles.box}>
        {before}
        {rows ? (
          <TextArea className={classes(styles.input, styles.area)} rows={rows} placeholder={placeholder} />
        ) : (
          <Input ref={inputRef} className={styles.input} placeholder={placeholder} />
        )}
        {after}
      </Group>
      {hint && !error ? (
        <Text slot="description" className={styles.hint}>
          {hint}
        </Text>
      ) : null}
      <FieldError className={styles.error}>{error}</FieldError>
    </AriaTextField>
  );
}

export type PasswordFieldProps = Omit<TextFieldProps, 'type' | 'after' | 'rows'> & {
  showLabel: string;
  hideLabel: string;
};

/* A password that one may look at. */
export function PasswordField({ showLabel, hideLabel, ...rest }: PasswordFieldProps) {
  const [shown, setShown] = useState(false);
  return (
    <TextField
      {...rest}
      type={shown ? 'text' : 'password'}
      spellCheck="false"
      after={
        <AriaButton
          className={styles.reveal}
          aria-label={shown ? hideLabel : showLabel}
          onPress={() => setShown((now) => !now)}
        >
          {shown ? <IconEyeOff /> : <IconEye />}
        </AriaButton>
      }
    />
  );
}
