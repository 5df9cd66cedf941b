/* Every failure of a call, whichever way it went. */
import { type ErrorCode, errorCodes } from './generated/errors';

export type { ErrorCode };

/** What can go wrong before the server had a say. */
export type ClientErrorCode = 'offline' | 'cancelled';

export type ApiErrorCode = ErrorCode | ClientErrorCode;

export interface ErrorBody {
  code: string;
  message: string;
  retryable: boolean;
  retry_after_ms: number;
}

/** Programs and texts go by `code`; `message` is for people who debug. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly code: ApiErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number;

  constructor(code: ApiErrorCode, message: string, retryable: boolean, retryAfterMs = 0) {
    super(message);
    this.code = code;
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
  }

  static offline(cause?: unknown): ApiError {
    const error = new ApiError('offline', 'the server cannot be reached', true);
    error.cause = cause;
    return error;
  }

  /** From the `error` object of a REST answer or an error frame; a code this client does not know counts as internal. */
  static fromBody(body: ErrorBody): ApiError {
    const known = (errorCodes as readonly string[]).includes(body.code);
    return new ApiError(
      known ? (body.code as ErrorCode) : 'internal',
      body.message,
      body.retryable,
      body.retry_after_ms,
    );
  }

  /** Whatever was caught, as an ApiError. */
  static from(thrown: unknown): ApiError {
    if (thrown instanceof ApiError) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    const error = new ApiError('internal', message, false);
    error.cause = thrown;
    return error;
  }
}

export function isErrorBody(value: unknown): value is ErrorBody {
  if (typeof value !== 'object' || value === null) return false;
  const body = value as Record<string, unknown>;
  return typeof body['code'] === 'string' && typeof body['message'] === 'string';
}
