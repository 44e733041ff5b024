// The console as a Hono app: which page is where, and what holds for all of them: a policy that lets no foreign script run, a
// token on every change, nothing kept by caches. Rendered on the server; it works without scripts, which only make it quicker.
import { createHash, timingSafeEqual } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { type Context, Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { Refusal } from '../core/errors.ts'
import { type Gate, openGate, workspaceFor } from '../http/gate.ts'
import type { CallBindings, Route } from '../http/route.ts'
import { SESSION, SESSION_SECONDS, sessions } from '../steps/console-session.ts'
import type { FeedReader } from '../steps/feed.ts'
import { assets } from './assets.ts'
import { changesBy } from './changes.ts'
import { loginPage } from './login.tsx'
import { notHere, refused } from './not-here.tsx'
import { CHANGES, PAGES } from './pages.ts'
import type { ConsoleServices, Page, Seen, Visit } from './visit.ts'

/** Nothing but our own: no inline script or style, no frames, no form that leads elsewhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
}

const YEAR_SECONDS = 31_536_000
/** What a browser is known by, so that its changes can be told from those that another site makes it send. */
const BROWSER = 'tripline-browser'
/** Bytes of a form: templates and automations, each with room. */
const FORM_BYTES_MAX = 2 * 1024 * 1024

export function consoleApp(
  services: ConsoleServices,
  routes: Route[],
  readFeed: FeedReader,
  gate: Gate = openGate,
): Hono {
  const app = new Hono({ strict: false })
  const changes = changesBy(routes)
  const session = sessions(services)

  /** Throws the gate's refusals: 401 for nobody in particular, 403 for a key that may not read. */
  async function visitOf(c: Context, form: Visit['form'] = {}): Promise<Visit> {
    const key = await session.keyOf(getCookie(c, SESSION))
    const caller = await gate.enter({ credentials: [key], address: addressOf(c) })
    const url = new URL(c.req.url)
    return {
      ...seenOf(c, services),
      services,
      readFeed: once(readFeed),
      caller,
      workspace: workspaceFor(caller, null, 'read'),
      change: changes({ caller, base: `${url.origin}/api` }),
      form,
    }
  }

  const shown = (page: Page) => async (c: Context) => packed(c, await told(c, {}, page))

  const changed = (page: Page) => async (c: Context) => {
    const form = await formOf(c)
    if (!isOurs(c, form)) return refused(seenOf(c, services), FORGED, 403)
    return told(c, form, page)
  }

  async function told(c: Context, form: Visit['form'], page: Page): Promise<Response> {
    try {
      return await page(await visitOf(c, form))
    } catch (error) {
      const seen = seenOf(c, services)
      if (!(error instanceof Refusal)) {
        services.log.error('a page failed', { path: c.req.path, error: String(error) })
        return refused(seen, 'The fault is ours, and has been logged.', 500)
      }
      const { status, message } = error
      if (status === 401) return c.redirect(`/login?next=${encodeURIComponent(pathOf(c))}`, 303)
      return status === 404 ? notHere(seen) : refused(seen, message, shownStatus(status))
    }
  }

  const isOurs = (c: Context, form: Visit['form']): boolean =>
    isSame(c.req.header('x-csrf-token') ?? form._csrf ?? '', seenOf(c, services).token)

  app.use('*', async (c, next) => {
    await next()
    for (const [name, value] of Object.entries(HEADERS)) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value)
    }
  })
  app.get('/assets/:name', (c) => {
    const asset = assets().byUrl.get(c.req.path)
    if (!asset) return c.body(null, 404)
    c.header('cache-control', `public, max-age=${YEAR_SECONDS}, immutable`)
    c.header('content-type', asset.type)
    c.header('vary', 'accept-encoding')
    if (!takesGzip(c)) return c.body(new Uint8Array(asset.plain))
    c.header('content-encoding', 'gzip')
    return c.body(new Uint8Array(asset.zipped))
  })
  app.get('/login', (c) => loginPage(seenOf(c, services), null))
  app.post('/login', async (c) => {
    const form = await formOf(c)
    const seen = seenOf(c, services)
    if (!isOurs(c, form)) return refused(seen, FORGED, 403)
    const key = (form.key ?? '').trim()
    try {
      workspaceFor(await gate.enter({ credentials: [key], address: addressOf(c) }), null, 'read')
    } catch (error) {
      if (error instanceof Refusal) return loginPage(seen, error)
      throw error
    }
    setCookie(c, SESSION, await session.begin(key), cookieFor(c, SESSION_SECONDS))
    return c.redirect(ownPath(form.next), 303)
  })
  app.post('/logout', async (c) => {
    if (!isOurs(c, await formOf(c))) return refused(seenOf(c, services), FORGED, 403)
    deleteCookie(c, SESSION, { path: '/' })
    return c.redirect('/login', 303)
  })
  for (const [path, page] of Object.entries(PAGES)) app.get(path, shown(page))
  for (const [path, page] of Object.entries(CHANGES)) app.post(path, changed(page))
  app.get('*', shown(notHere))
  app.notFound((c) => c.json({ detail: ASTRAY }, 404))
  return app
}

/** One look at the feed serves a whole page: all of it is of the same moment. */
function once(readFeed: FeedReader): FeedReader {
  let index: ReturnType<FeedReader> | null = null
  return (workspace) => {
    index ??= readFeed(workspace)
    return index
  }
}

/** For a client whose URL of the API lacks the end: Prefect's shows the answer's JSON beside the status. */
const ASTRAY = 'Not Found. The API is under /api'

const FORGED =
  'This page was open for too long, or the request did not come from it. Go back, reload, and try once more.'

const shownStatus = (status: number): 400 | 403 | 409 | 422 =>
  status === 403 || status === 409 || status === 422 ? status : 400

/** What is known of a request before anybody is let in. */
function seenOf(c: Context, { clock, ids }: ConsoleServices): Seen {
  const theme = getCookie(c, 'tripline-theme')
  return {
    c,
    now: clock.now(),
    url: new URL(c.req.url),
    token: tokenOf(browserOf(c, ids)),
    theme: theme === 'light' || theme === 'dark' ? theme : null,
    hasSession: getCookie(c, SESSION) !== undefined,
  }
}

const addressOf = (c: Context): string => (c.env as CallBindings | undefined)?.address ?? 'unknown'

/** Lax: a link that somebody sends leads in; what changes something asks for the token as well. */
const cookieFor = (c: Context, maxAge?: number) => ({
  path: '/',
  httpOnly: true,
  sameSite: 'Lax' as const,
  secure: new URL(c.req.url).protocol === 'https:',
  ...(maxAge !== undefined && { maxAge }),
})

const pathOf = (c: Context): string => {
  const { pathname, search } = new URL(c.req.url)
  return pathname + search
}

/** A path of this console, whatever a link said: `//elsewhere` is none. */
const ownPath = (text: string | undefined): string =>
  text !== undefined && /^\/(?![/\\])/.test(text) ? text : '/'

/** Known by a cookie, made when there is none: once per request, for the answer sets it. */
function browserOf(c: Context, { slug }: Pick<ConsoleServices['ids'], 'slug'>): string {
  const known = c.get(BROWSER) ?? getCookie(c, BROWSER)
  if (known !== undefined && /^[\w-]{20,64}$/.test(known)) return known
  const made = slug()
  c.set(BROWSER, made)
  setCookie(c, BROWSER, made, cookieFor(c))
  return made
}

const tokenOf = (browser: string): string =>
  createHash('sha256').update(`change ${browser}`).digest('base64url')

function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)]
  return a.length === b.length && timingSafeEqual(a, b)
}

async function formOf(c: Context): Promise<Visit['form']> {
  if (Number(c.req.header('content-length') ?? 0) > FORM_BYTES_MAX) {
    throw new Refusal(413, 'The form is too large.')
  }
  const fields = await c.req.parseBody()
  return Object.fromEntries(
    Object.entries(fields).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  )
}

const takesGzip = (c: Context): boolean => /\bgzip\b/.test(c.req.header('accept-encoding') ?? '')

/** Pages of lists shrink to a tenth. */
async function packed(c: Context, response: Response): Promise<Response> {
  if (!takesGzip(c) || response.status !== 200) return response
  const headers = new Headers(response.headers)
  headers.set('content-encoding', 'gzip')
  headers.append('vary', 'accept-encoding')
  return new Response(new Uint8Array(gzipSync(await response.arrayBuffer())), { headers })
}
