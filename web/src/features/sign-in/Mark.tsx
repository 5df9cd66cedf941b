/* The sign of Molva: two voices in one. */
export function Mark() {
  return (
    <svg width="40" height="40" viewBox="0 0 40 40" aria-hidden="true" focusable="false">
      <rect width="40" height="40" rx="12" fill="var(--color-accent)" />
      <path
        d="M10 26V16.5a4.5 4.5 0 0 1 9 0V26m0-9.5a5.5 5.5 0 0 1 11 0V24l-4 4"
        fill="none"
        stroke="var(--color-on-accent)"
        strokeWidth="3.2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
