// One request to the API: JSON both ways, patience with a busy or restarting server, errors that
// say what to do.
import { CLOCK_HEADER } from '../core/time.ts'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'

/** The server answered no. `detail` is its own explanation: a text, or Prefect's list of faults. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly detail: unknown

  constructor(request: string, status: number, detail: unknown) {
    super(`${request} answered ${status}: ${sentence(status, detail)}`)
    this.status = status
    this.detail = detail
  }
}

/** Nobody answered at the API's address, or not in time. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'

  constructor(apiUrl: string, cause: unknown) {
    super(`no API at ${apiUrl}; start one with \`npx tripline start\`, or set TRIPLINE_API_URL`, {
      cause,
    })
  }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Sends a request and answers the parsed body (null when there is none). */
export type Send = (method: Method, path: string, body?: unknown) => Promise<unknown>

/** Sends a request and takes the answer for what the API's reference says it is. */
export type Request = <T>(...args: Parameters<Send>) => Promise<T>

/** An answer that may be missing: null where the server has no such thing. */
export async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null
    throw error
  }
}

/**
 * How often a request is repeated while the server is busy or away: with the growing pauses, about
 * six seconds.
 */
const RETRIES_MAX = 5
const RETRY_MS_FIRST = 200
/** The longest pause that a `Retry-After` may ask for. */
const RETRY_AFTER_SECONDS_MAX = 60
const REQUEST_MS_MAX = 30_000
/** For an answer that comes in lines, to its last one. */
const LINES_MS_MAX = 620_000
const BUSY: readonly number[] = [429, 502, 503, 504]

/** The version of Prefect's API that is spoken here; servers refuse clients far below their own. */
const API_VERSION = '0.8.4'

/**
 * Requests repeat on 429, 502–504 and, once the server has answered at all, when it is not there: a
 * server that restarts is waited for, one that never was is reported at once.
 */
export function createSend(config: Config, clock: Clock): Send {
  let hasAnswered = false
  return async (method, path, body) => {
    for (let attempt = 0; ; attempt++) {
      const isLast = attempt >= RETRIES_MAX
      const pause = RETRY_MS_FIRST * 2 ** attempt
      try {
        const answer = await once(config, method, path, body)
        clock.follow?.(Number(answer.headers.get(CLOCK_HEADER) ?? 0))
        hasAnswered = true
        if (isLast || !BUSY.includes(answer.status))
          return await read(config, answer, `${method} ${path}`)
        await answer.body?.cancel()
        await clock.sleep(retryAfterMs(answer) ?? pause)
      } catch (error) {
        if (!(error instanceof UnreachableError) || !hasAnswered || isLast) throw error
        await clock.sleep(pause)
      }
    }
  }
}

/** Sends a request and answers the values of its lines as they come. It is not repeated: who reads on has had the first. */
export type SendForLines = (method: Method, path: string, body?: unknown) => AsyncGenerator<unknown>

export const createSendForLines = (config: Config): SendForLines =>
  async function* (method, path, body) {
    const answer = await once(config, method, path, body, LINES_MS_MAX)
    if (!answer.ok || !answer.body) {
      await read(config, answer, `${method} ${path}`) // throws
      return
    }
    let rest = ''
    for await (const part of answer.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + part).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) yield JSON.parse(line)
    }
  }

async function once(
  config: Config,
  method: Method,
  path: string,
  body: unknown,
  msMax = REQUEST_MS_MAX,
): Promise<Response> {
  const headers = { ...config.headers, 'x-prefect-api-version': API_VERSION }
  const signal = AbortSignal.timeout(msMax)
  const init: RequestInit =
    body === undefined
      ? { method, headers, signal }
      : {
          method,
          headers: { ...headers, 'content-type': 'application/json' },
          signal,
          body: JSON.stringify(body),
        }
  try {
    return await fetch(path.startsWith('http') ? path : `${config.apiUrl}${path}`, init)
  } catch (error) {
    throw new UnreachableError(config.apiUrl, error)
  }
}

/** What is said where a console, or a proxy that wants a login, answers in the place of an API. */
const PAGE = 'a page for people; is that the address of an API? It ends in /api'

/** @throws UnreachableError when the answer breaks off: its connection was lost, or its time is up */
async function read(config: Config, answer: Response, request: string): Promise<unknown> {
  const text = await answer.text().catch((error) => {
    throw new UnreachableError(config.apiUrl, error)
  })
  const isPage = answer.headers.get('content-type')?.startsWith('text/html') ?? false
  if (isPage && answer.status < 500) throw new ApiError(request, answer.status, PAGE)
  const body = text === '' ? null : parseJson(text)
  if (answer.ok) return body
  const told = (body ?? {}) as Record<string, unknown>
  const detail = told.detail ?? told.exception_detail ?? told.exception_message ?? body
  throw new ApiError(request, answer.status, detail)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text // a proxy's error page; shown as it is
  }
}

function retryAfterMs(answer: Response): number | null {
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN)
  return Number.isNaN(seconds) ? null : Math.min(seconds, RETRY_AFTER_SECONDS_MAX) * 1000
}

function sentence(status: number, detail: unknown): string {
  const said = typeof detail === 'string' ? detail : JSON.stringify(detail)
  if (status === 401 || status === 403) {
    return `${said} (set TRIPLINE_API_KEY or PREFECT_API_AUTH_STRING)`
  }
  return said
}
