export { PersonCard } from './PersonCard';
export { DetailsPanel, type DetailsPanelProps } from './DetailsPanel';
