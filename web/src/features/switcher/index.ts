export { loadResults, Switcher, type SwitcherProps } from './Switcher';
