// Parts that pages are made of. Everything from outside is text here, and escaped as such by JSX.
import type { Child } from 'hono/jsx'
import { Refusal } from '../core/errors.ts'
import type { Micros } from '../core/time.ts'
import { Icon, type IconName } from './icons.tsx'
import type { Seen } from './visit.ts'
import {
  pageOfResource,
  readinessTone,
  relative,
  resourceName,
  spoken,
  type Tone,
} from './words.ts'

interface TimeProps {
  at: string
  now: Micros
  /** Absolute, in the viewer's zone: the full date, the day and time, or the time alone. @default relative */
  as?: 'full' | 'short' | 'clock'
}

/** An instant. What the server writes is what the script would write at this moment, in UTC where it is absolute. */
export const Time = ({ at, now, as }: TimeProps) => (
  <time datetime={at} {...(as && { 'data-as': as })}>
    {as === 'clock'
      ? at.slice(11, 19)
      : as
        ? `${at.slice(0, 10)} ${at.slice(11, 16)}`
        : relative(at, now)}
  </time>
)

/** When something happened last. */
export const TimeOrNever = ({ at, now }: { at: string | null; now: Micros }) =>
  at ? <Time at={at} now={now} /> : 'Never'

/** A state in words, coloured. */
export const Status = ({ tone, children }: { tone: Tone; children: Child }) => (
  <span class={`status ${tone}`}>{children}</span>
)

/** Of a deployment, a pool, a queue. */
export const Readiness = ({ status }: { status: string }) => (
  <Status tone={readinessTone(status)}>{spoken(status)}</Status>
)

export const Dot = ({ tone }: { tone: Tone }) => <span class={`dot ${tone}`} aria-hidden="true" />

/** A button that copies a text, or the content of an element named `#id`. */
export const Copy = ({ of, label = 'Copy' }: { of: string; label?: string }) => (
  <button type="button" class="button small" data-copy={of}>
    <Icon name="copy" />
    <span class="copy-label">{label}</span>
  </button>
)

/** Text to be copied into a shell or a file. */
export const Code = ({ id, text }: { id: string; text: string }) => (
  <div class="code">
    <pre id={id} tabindex={0}>
      {text}
    </pre>
    <Copy of={`#${id}`} />
  </div>
)

/** How flows are brought here. */
export const ServeCode = ({ visit }: { visit: Seen }) => (
  <Code
    id="serve"
    text={`export PREFECT_API_URL=${visit.url.origin}/api\ntripline serve flows.ts`}
  />
)

interface MainLinkProps {
  path: string
  icon?: IconName
  children: Child
}

/** A link that is what one most likely wants next. */
export const MainLink = ({ path, icon, children }: MainLinkProps) => (
  <a class="button main-action" href={path}>
    {icon && <Icon name={icon} />}
    {children}
  </a>
)

interface EmptyProps {
  icon: IconName
  title: string
  children: Child
}

/** Nothing here yet, and the next step. */
export const Empty = ({ icon, title, children }: EmptyProps) => (
  <div class="empty">
    <Icon name={icon} />
    <h2>{title}</h2>
    {children}
  </div>
)

export const Token = ({ visit }: { visit: Seen }) => (
  <input type="hidden" name="_csrf" value={visit.token} />
)

interface ActionProps {
  visit: Seen
  path: string
  kind?: 'main-action' | 'danger' | 'small' | 'bare'
  /** Asked before it is done. */
  confirm?: string
  /** Further fields of the form. */
  fields?: Record<string, string>
  children: Child
}

/** A button that changes something. */
export const Action = ({ visit, path, kind, confirm, fields = {}, children }: ActionProps) => (
  <form method="post" action={path} {...(confirm && { 'data-confirm': confirm })}>
    <Token visit={visit} />
    {Object.entries(fields).map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
    <button type="submit" class={`button ${kind ?? ''}`}>
      {children}
    </button>
  </form>
)

interface SwitchProps {
  visit: Seen
  path: string
  isOn: boolean
  label: string
}

/** On or off, changed in place. */
export const Switch = ({ visit, path, isOn, label }: SwitchProps) => (
  <form class="switching" method="post" action={path} hx-post={path} hx-swap="outerHTML">
    <Token visit={visit} />
    <input type="hidden" name="enabled" value={String(!isOn)} />
    <button
      type="submit"
      class="switch"
      role="switch"
      aria-checked={isOn ? 'true' : 'false'}
      aria-label={label}
    />
  </form>
)

/** What was wrong with a form, all of it. */
export const Faults = ({ refusal }: { refusal: Refusal | null }) =>
  refusal && (
    <div class="notice bad" role="alert">
      {refusal.faults.length > 0 ? (
        <ul>
          {refusal.faults.map(({ loc, msg }) => (
            <li>
              <code>{loc.slice(1).join('.') || 'form'}</code> {msg.replace(/^Value error, /, '')}
            </li>
          ))}
        </ul>
      ) : (
        <p>{refusal.message}</p>
      )}
    </div>
  )

/** Does something that may be refused for what was sent; anything else that goes wrong is thrown on. */
export async function attempt<T>(
  work: () => Promise<T>,
): Promise<{ done: T } | { refusal: Refusal }> {
  try {
    return { done: await work() }
  } catch (error) {
    if (error instanceof Refusal && error.status !== 404) return { refusal: error }
    throw error
  }
}

/** A resource, linked to its page if it has one. */
export const ResourceLink = ({ resource }: { resource: Readonly<Record<string, string>> }) => {
  const id = resource['prefect.resource.id'] ?? ''
  const page = pageOfResource(id)
  const name = resourceName(resource)
  return (
    <>
      {page ? (
        <a class="link" href={page}>
          {name}
        </a>
      ) : (
        <span>{name}</span>
      )}
      {name !== id && (
        <div>
          <code class="quiet">{id}</code>
        </div>
      )}
    </>
  )
}
