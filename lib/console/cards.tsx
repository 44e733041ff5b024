// Cards: the boxes that pages are made of, and how facts and figures are told in them.
import type { Child } from 'hono/jsx'
import type { Micros } from '../core/time.ts'
import { Code, Status, Time } from './parts.tsx'

interface CardProps {
  /** Of its heading; unique on the page. */
  id: string
  title: Child
  /** Beside the title: a word about what is in it. */
  hint?: Child
  /** Beside the title: a link, a state, buttons. */
  aside?: Child
  /** A further class. */
  kind?: 'stays'
  children?: Child
  /** Further attributes, such as those that htmx reads. */
  [attribute: `aria-${string}` | `hx-${string}`]: string
}

/** A box with a heading. */
export const Card = ({ id, title, hint, aside, kind, children, ...attributes }: CardProps) => (
  <section class={kind ? `card ${kind}` : 'card'} aria-labelledby={id} {...attributes}>
    <header>
      <h2 id={id}>{title}</h2>
      {hint && <span class="quiet">{hint}</span>}
      {aside}
    </header>
    {children}
  </section>
)

/** A key or a secret that was made just now: it is on this one page and nowhere else. */
export const ShownOnce = ({ id, title, text }: { id: string; title: string; text: string }) => (
  <Card id={id} title={title} aside={<Status tone="warn">Shown this once</Status>}>
    <div class="body">
      <Code id={`${id}-text`} text={text} />
    </div>
  </Card>
)

interface FactProps {
  name: Child
  kind?: 'tags'
  children?: Child
}

/** One line of a `<dl class="facts">`. */
export const Fact = ({ name, kind, children }: FactProps) => (
  <>
    <dt>{name}</dt>
    <dd {...(kind && { class: kind })}>{children}</dd>
  </>
)

/** When something happened, among its facts: the moment, and how long ago that is. */
export const TimeFact = ({ name, at, now }: { name: string; at: string; now: Micros }) => (
  <Fact name={name}>
    <Time at={at} now={now} as="full" /> · <Time at={at} now={now} />
  </Fact>
)

/** The tags of something among its facts, if it has some. */
export const TagsFact = ({ tags }: { tags: readonly string[] }) =>
  tags.length > 0 && (
    <Fact name="Tags" kind="tags">
      {tags.map((tag) => (
        <span class="tag">{tag}</span>
      ))}
    </Fact>
  )

/** One line of a `<dl class="figures">`. */
export const Figure = ({ name, children }: { name: Child; children: Child }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)
