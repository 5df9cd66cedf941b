/* Everything behind the sign-in is a file of its own: who signs in need not wait for it, who is signed in asks for it at once. */
export const loadWorkspace = () => import('./Workspace');
