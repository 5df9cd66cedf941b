export { DetailsPanel, type DetailsPanelProps } from './DetailsPanel';
