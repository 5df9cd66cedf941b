/* One HTTP exchange: deadline, the error of the answer, retries of what may be repeated. Knows no tokens. */
import { ApiError, isErrorBody } from './errors';

export const TIMEOUT_MS = 15_000;
const ATTEMPTS_MAX = 4;
const BACKOFF_MIN_MS = 300;
const BACKOFF_MAX_MS = 5_000;

/* GET, PUT and DELETE of this contract say the same thing when said twice; a POST is repeated by those who know that it does,
 * by its client_id for one. */
const repeatable = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);

export async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => '');
  try {
    const body: unknown = (JSON.parse(text) as { error?: unknown }).error;
    if (isErrorBody(body)) return ApiError.fromBody(body);
  } catch {
    // Not ours: a proxy's page.
  }
  const retryable = response.status >= 500 || response.status === 429 || response.status === 408;
  const code = response.status === 401 ? 'unauthenticated' : retryable ? 'unavailable' : 'internal';
  return new ApiError(code, `HTTP ${response.status}`, retryable);
}

/* The whole answer: an answer without its end is none. */
async function whole(response: Response): Promise<Response> {
  const { status, statusText, headers } = response;
  const body = await response.arrayBuffer();
  return new Response(body.byteLength > 0 ? body : null, { status, statusText, headers });
}

/** Throws ApiError: `offline` when nothing came back, or not all of it, `timeout` after TIMEOUT_MS, `cancelled` when the caller did. */
export async function fetchOnce(request: Request, timeoutMs = TIMEOUT_MS): Promise<Response> {
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    return await whole(await fetch(request, { signal: AbortSignal.any([request.signal, deadline]) }));
  } catch (cause) {
    if (request.signal.aborted) throw new ApiError('cancelled', 'cancelled', false);
    if (deadline.aborted) throw new ApiError('timeout', 'no answer in time', true);
    throw ApiError.offline(cause);
  }
}

export function backoffMs(attempt: number, random = Math.random): number {
  return random() * Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** attempt) + BACKOFF_MIN_MS / 2;
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}

/** The first good answer: `ask` again, at most ATTEMPTS_MAX times in all, while it throws what is retryable. */
export async function withRetry<T>(ask: () => Promise<T>, signal = new AbortController().signal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (thrown) {
      const error = ApiError.from(thrown);
      if (!error.retryable || attempt >= ATTEMPTS_MAX) throw error;
      await sleep(Math.max(error.retryAfterMs, backoffMs(attempt)), signal);
    }
  }
}

/** Throws the error that a bad answer stands for. */
export async function fetchGood(request: Request, timeoutMs = TIMEOUT_MS): Promise<Response> {
  const response = await fetchOnce(request.clone(), timeoutMs);
  if (!response.ok) throw await errorOf(response);
  return response;
}

/** Answers the first good response; tries again what is retryable and may be repeated. */
export async function fetchWithRetry(
  request: Request,
  { isRepeatable = repeatable.has(request.method) } = {},
): Promise<Response> {
  return isRepeatable ? withRetry(() => fetchGood(request), request.signal) : fetchGood(request);
}
