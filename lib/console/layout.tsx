// The frame around every page: head, navigation, and what is everywhere (keys, theme, skip link).
import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import { assets } from './assets.ts'
import { Icon, type IconName, Mark } from './icons.tsx'
import { noticeOf } from './notices.ts'
import { Action } from './parts.tsx'
import type { Seen } from './visit.ts'

interface Place {
  path: string
  name: string
  icon: IconName
}

const PLACES: { title: string | null; places: Place[] }[] = [
  {
    title: null,
    places: [
      { path: '/', name: 'Event feed', icon: 'feed' },
      { path: '/webhooks', name: 'Webhooks', icon: 'webhook' },
      { path: '/automations', name: 'Automations', icon: 'automation' },
    ],
  },
  {
    title: 'Runs',
    places: [
      { path: '/runs', name: 'Flow runs', icon: 'run' },
      { path: '/delayed', name: 'Delayed runs', icon: 'delayed' },
      { path: '/deployments', name: 'Deployments', icon: 'deployment' },
      { path: '/plan', name: 'Plan', icon: 'edit' },
    ],
  },
  {
    title: 'Workspace',
    places: [
      { path: '/work-pools', name: 'Work pools', icon: 'pool' },
      { path: '/variables', name: 'Variables', icon: 'variable' },
      { path: '/keys', name: 'Keys', icon: 'key' },
      { path: '/health', name: 'Health', icon: 'health' },
    ],
  },
]

/** htmx without what a strict policy forbids: no evaluated code, no styles or scripts of its own, no other hosts. */
const HTMX = JSON.stringify({
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
  defaultSwapDelay: 0,
  defaultSettleDelay: 0,
})

interface FrameProps {
  visit: Seen
  /** What the window is called; the product's name is added. */
  title: string
  children: Child
}

/** A whole page. */
export const Frame = ({ visit, title, children }: FrameProps) => {
  const notice = noticeOf(visit.url.searchParams.get('notice'))
  return (
    <Document visit={visit} title={title}>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Side visit={visit} />
      <main class="main" id="main">
        <div class="inner">
          {notice && (
            <p class={`notice ${notice.tone}`} role="status">
              {notice.text}
            </p>
          )}
          {children}
        </div>
      </main>
      <Keys />
    </Document>
  )
}

/** A page without navigation, for those who are not in yet. */
export const Document = ({ visit, title, isBare, children }: FrameProps & { isBare?: boolean }) => {
  const { css, js, htmx } = assets()
  return (
    <>
      {raw('<!doctype html>')}
      <html lang="en" {...(visit.theme && { 'data-theme': visit.theme })}>
        <head>
          <meta charset="utf-8" />
          <title>{title} · tripline</title>
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="htmx-config" content={HTMX} />
          <link rel="stylesheet" href={css} />
          <link rel="icon" href={FAVICON} />
          <script src={htmx} defer />
          <script src={js} defer />
        </head>
        <body
          {...(isBare && { class: 'login-page' })}
          hx-headers={JSON.stringify({ 'x-csrf-token': visit.token })}
        >
          {children}
        </body>
      </html>
    </>
  )
}

const FAVICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#4453cf" stroke-width="2.4" stroke-linecap="round"><path d="M2 15.5c4.5 0 5.5-7 10-7s5.5 7 10 7"/><circle cx="12" cy="8.5" r="3" fill="#4453cf"/></svg>',
)}`

const Side = ({ visit }: { visit: Seen }) => (
  <header class="side">
    <a class="brand" href="/">
      <Mark />
      tripline
    </a>
    <button type="button" class="button bare menu-button" id="menu" aria-expanded="false">
      <Icon name="menu" />
      Menu
    </button>
    <nav class="nav" aria-label="Main">
      {PLACES.map(({ title, places }) => (
        <>
          {title && <h2>{title}</h2>}
          {places.map((place) => (
            <a
              href={place.path}
              {...(isAt(place, visit.url.pathname) && { 'aria-current': 'page' })}
            >
              <Icon name={place.icon} />
              {place.name}
            </a>
          ))}
        </>
      ))}
    </nav>
    <div class="side-foot">
      <a class="button bare small" href="/docs">
        API
      </a>
      {visit.hasSession && (
        <Action visit={visit} path="/logout" kind="bare">
          Log out
        </Action>
      )}
      <span>
        <button
          type="button"
          class="button bare small"
          id="show-keys"
          aria-label="Keyboard shortcuts"
        >
          <Icon name="keyboard" />
        </button>
        <button type="button" class="button bare small" id="theme" aria-label="Light or dark">
          <Icon name="sun" />
        </button>
      </span>
    </div>
  </header>
)

const isAt = ({ path }: Place, here: string): boolean =>
  path === '/' ? here === '/' || here.startsWith('/events') : here.startsWith(path)

const KEYS: [string, string][] = [
  ['/', 'Search'],
  ['j', 'Next row'],
  ['k', 'Row before'],
  ['Enter', 'Open'],
  ['Esc', 'Leave a field'],
  ['?', 'These keys'],
]

const Keys = () => (
  <dialog id="keys" aria-labelledby="keys-title">
    <h2 id="keys-title">Keys</h2>
    <dl class="facts">
      {KEYS.map(([key, what]) => (
        <>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{what}</dd>
        </>
      ))}
    </dl>
  </dialog>
)

interface HeadProps {
  title: Child
  sub?: Child
  /** The list that this page is of. */
  from?: { path: string; name: string }
  children?: Child
}

/** What a page is, and what can be done here. */
export const Head = ({ title, sub, from, children }: HeadProps) => (
  <div class="head">
    <div>
      {from && (
        <nav class="crumbs" aria-label="Breadcrumb">
          <span aria-hidden="true">←</span>
          <a href={from.path}>{from.name}</a>
        </nav>
      )}
      <h1>{title}</h1>
      {sub && <p class="sub">{sub}</p>}
    </div>
    {children && <div class="actions">{children}</div>}
  </div>
)
