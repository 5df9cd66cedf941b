export { Switcher, type SwitcherProps } from './Switcher';
