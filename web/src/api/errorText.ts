/* What went wrong, in the words of the person in front of the screen. */
import { plural, t } from '@lingui/core/macro';
import { ApiError, type ApiErrorCode } from './errors';

const LONG_WAIT_MS = 60_000;

/* A wait of minutes is that of something one has done a lot of; it is not waited for here. */
function tooMuch({ retryAfterMs }: ApiError): string {
  if (retryAfterMs <= LONG_WAIT_MS) return t`That was a bit too fast. Please wait a moment.`;
  const minutes = Math.ceil(retryAfterMs / LONG_WAIT_MS);
  return plural(minutes, {
    one: 'That is too many for now. Try again in # minute.',
    other: 'That is too many for now. Try again in # minutes.',
  });
}

const texts: Record<ApiErrorCode, (error: ApiError) => string> = {
  invalid: () => t`Something in this form is not right.`,
  unauthenticated: () => t`Your session has ended. Please sign in again.`,
  forbidden: () => t`You are not allowed to do this.`,
  not_found: () => t`This no longer exists.`,
  method_not_allowed: () => t`This server does not offer that.`,
  timeout: () => t`The server took too long to answer.`,
  conflict: () => t`Somebody else has just changed this.`,
  precondition: () => t`This is not possible right now.`,
  too_large: () => t`This is too large.`,
  rate_limited: tooMuch,
  header_too_large: () => t`This is too large.`,
  internal: () => t`Something went wrong on the server.`,
  unimplemented: () => t`This server does not offer that.`,
  unavailable: () => t`The server is busy right now.`,
  storage_full: () => t`The server is out of space. Please tell whoever runs it.`,
  offline: () => t`No connection to the server.`,
  cancelled: () => t`Cancelled.`,
};

export function errorText(thrown: unknown): string {
  const error = ApiError.from(thrown);
  return texts[error.code](error);
}

/** The field that an `invalid` error names, such as "title". */
export function errorField(error: ApiError): string | null {
  return /^([a-z_]+):/.exec(error.message)?.[1] ?? null;
}
