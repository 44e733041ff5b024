// Where the API is and who is calling, from the environment. Prefect's variables are honoured, so
// that a shell set up for Prefect's client works as it is; a TRIPLINE_ variable of the same name
// wins.
import { z } from 'zod'

/** What the SDK needs to know of the world. */
export interface Config {
  /** Ends in `/api`, or whatever the server's root is; without a slash at the end. */
  apiUrl: string
  /** Sent with every request and every socket; holds `authorization` when there is a key. */
  headers: Record<string, string>
  /** First frame of an event socket; null when nobody asks for keys. */
  socketToken: string | null
  /** The lowest level that a run's logger prints on the terminal; all levels go to the server. */
  printLevel: number
  /** Where results are kept that name no other place. */
  resultsPath: string
  /** How long a run's process may be silent before the run is taken from it. */
  leaseSeconds: number
}

/** How often a server is asked for runs, and whether those that go on should stop. */
export const pollSecondsOf = ({ apiUrl }: Pick<Config, 'apiUrl'>): number =>
  ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(apiUrl).hostname) ? 2 : 10

/** Where `npm start` listens. */
export const DEFAULT_API_URL = 'http://127.0.0.1:4200/api'

/** Python's numbers, which Prefect stores. */
export const LOG_LEVELS = { DEBUG: 10, INFO: 20, WARNING: 30, ERROR: 40, CRITICAL: 50 } as const

/** A process that blocks its event loop for longer than this is taken for dead. */
const LEASE_SECONDS = 60

const environment = z.object({
  API_URL: z.url({ protocol: /^https?$/, error: 'is not an http(s) URL' }).default(DEFAULT_API_URL),
  API_KEY: z.string().optional(),
  API_AUTH_STRING: z
    .string()
    .includes(':', { error: 'is not of the form user:password' })
    .optional(),
  CLIENT_CUSTOM_HEADERS: z
    .string()
    .transform(parseHeaders)
    .refine((headers) => headers !== null, 'is not a JSON object of texts')
    .default({}),
  LOGGING_LEVEL: z
    .string()
    .toUpperCase()
    .pipe(z.enum(['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL']))
    .default('INFO'),
  LOCAL_STORAGE_PATH: z.string().default('.tripline/results'),
  RUN_LEASE_SECONDS: z.coerce
    .number({ error: 'is not a number of seconds' })
    .positive()
    .default(LEASE_SECONDS),
})

/**
 * Reads TRIPLINE_… and PREFECT_… variables: API_URL, API_KEY (Bearer), API_AUTH_STRING (Basic,
 * `user:password`), CLIENT_CUSTOM_HEADERS (JSON), LOGGING_LEVEL, LOCAL_STORAGE_PATH (of results),
 * RUN_LEASE_SECONDS. An empty variable is an absent one.
 * @throws Error naming the variable and what it should be
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  const parsed = environment.safeParse(named(env))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new Error(`TRIPLINE_${issue?.path.join('.')} (or PREFECT_…) ${issue?.message}`)
  }
  const { API_URL, API_KEY, API_AUTH_STRING, CLIENT_CUSTOM_HEADERS, LOGGING_LEVEL } = parsed.data
  const { LOCAL_STORAGE_PATH, RUN_LEASE_SECONDS } = parsed.data
  const authorization = authorizationOf(API_KEY, API_AUTH_STRING)
  return {
    apiUrl: API_URL.replace(/\/+$/, ''),
    headers: { ...CLIENT_CUSTOM_HEADERS, ...(authorization && { authorization }) },
    socketToken: API_AUTH_STRING ?? API_KEY ?? null,
    printLevel: LOG_LEVELS[LOGGING_LEVEL],
    resultsPath: LOCAL_STORAGE_PATH,
    leaseSeconds: RUN_LEASE_SECONDS,
  }
}

function named(env: Record<string, string | undefined>): Record<string, string | undefined> {
  const read = (name: string) => env[`TRIPLINE_${name}`] || env[`PREFECT_${name}`] || undefined
  return Object.fromEntries(Object.keys(environment.shape).map((name) => [name, read(name)]))
}

function authorizationOf(key: string | undefined, basic: string | undefined): string | undefined {
  if (basic) return `Basic ${Buffer.from(basic).toString('base64')}`
  return key && `Bearer ${key}`
}

function parseHeaders(text: string): Record<string, string> | null {
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(text))
  } catch {
    return null // whatever is wrong with it, the answer is the same sentence
  }
}
