/* For import() alone: what the dialog of a new chat shows. */
export { NewDirect } from './NewDirect';
export { NewGroup } from './NewGroup';
