export { ChatHeader } from './ChatHeader';
export { Timeline } from './Timeline';
