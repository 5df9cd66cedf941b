/* Everything behind the sign-in is a file of its own: who signs in need not wait for it, who is signed in asks for it at once. */
export const loadWorkspace = () => import('./Workspace');

/** Nobody is signed in: what the last session left is not for whoever sits here. The next start tries again. */
export async function forgetLeftovers(): Promise<void> {
  await import('@/realtime/leftovers').then((part) => part.forgetLeftovers()).catch(() => undefined);
}
