export { SettingsNav } from './SettingsNav';
export { SettingsPage } from './SettingsPage';
