// Who may talk to a server that asks for no key: programs on this machine, but no web page that somebody here is looking at.
// A page elsewhere can make a browser send requests to loopback, and by DNS rebinding even read the answers.
// A server that demands keys goes by any name; pages elsewhere stay shut out, for browsers keep passwords and cookies.

/** The addresses a server without keys may listen on. On any other, keys are demanded. */
export const LOOPBACK_HOSTS = ['127.0.0.1', 'localhost', '::1']

const OPEN = /^\/(?:hooks|review|assets)\//

/** What a guard looks at. */
export interface GuardedRequest {
  method: string
  /** Without the query. */
  path: string
  host: string | undefined
  origin: string | undefined
  isUpgrade: boolean
  /** Whether whoever comes must show a key; then the server may be called by any name. @default false */
  demandsKeys?: boolean
}

/**
 * Why a request is refused, or null. Webhook calls (`/hooks/…`) and review links (`/review/…`) pass: what follows is the secret, and
 * tunnels give them another Host. So do styles and scripts (`/assets/…`), which are no secret.
 *
 * 1. A foreign Host: the browser was led here by a name of somebody else's (DNS rebinding).
 * 2. A foreign Origin on anything but a plain read: the browser sends it for another site's page. Sockets count as more than
 *    a read, for no browser keeps their answers from that page.
 */
export function refusalOf({
  method,
  path,
  host,
  origin,
  isUpgrade,
  demandsKeys = false,
}: GuardedRequest): string | null {
  if (OPEN.test(path)) return null
  if (!demandsKeys && !isLoopback(host))
    return `Host ${host} is not this machine; use localhost or 127.0.0.1`
  const isRead = (method === 'GET' || method === 'HEAD') && !isUpgrade
  if (isRead || origin === undefined || hostOf(origin) === host) return null
  return `a page of ${origin} may not do this`
}

/** Whether a Host header, with or without a port, names this machine. */
export function isLoopback(host: string | undefined): boolean {
  const name = host?.toLowerCase().replace(/:\d+$/, '')
  return name === 'localhost' || name === '127.0.0.1' || name === '[::1]'
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null
}
