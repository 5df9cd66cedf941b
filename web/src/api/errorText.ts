/* What went wrong, in the words of the person in front of the screen. */
import { t } from '@lingui/core/macro';
import { ApiError, type ApiErrorCode } from './errors';

const texts: Record<ApiErrorCode, () => string> = {
  invalid: () => t`Something in this form is not right.`,
  unauthenticated: () => t`Your session has ended. Please sign in again.`,
  forbidden: () => t`You are not allowed to do this.`,
  not_found: () => t`This no longer exists.`,
  method_not_allowed: () => t`This server does not offer that.`,
  timeout: () => t`The server took too long to answer.`,
  conflict: () => t`Somebody else has just changed this.`,
  precondition: () => t`This is not possible right now.`,
  too_large: () => t`This is too large.`,
  rate_limited: () => t`That was a bit too fast. Please wait a moment.`,
  header_too_large: () => t`This is too large.`,
  internal: () => t`Something went wrong on the server.`,
  unimplemented: () => t`This server does not offer that.`,
  unavailable: () => t`The server is busy right now.`,
  storage_full: () => t`The server is out of space. Please tell whoever runs it.`,
  offline: () => t`No connection to the server.`,
  cancelled: () => t`Cancelled.`,
};

export function errorText(thrown: unknown): string {
  return texts[ApiError.from(thrown).code]();
}

/** The field that an `invalid` error names, such as "title". */
export function errorField(error: ApiError): string | null {
  return /^([a-z_]+):/.exec(error.message)?.[1] ?? null;
}
