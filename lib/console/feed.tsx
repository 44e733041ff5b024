// The feed: what happened, newest first, over a time that can be chosen, dragged and narrowed down. All of it is in the address.
import type { Event } from '../core/event.ts'
import { EVENTS_PAGE_MAX } from '../core/filter.ts'
import { parsePageToken } from '../core/page-token.ts'
import { formatInstant, type Micros } from '../core/time.ts'
import {
  barSeconds,
  type FeedView,
  feedPath,
  filterOf,
  isNarrowed,
  readFeedView,
  SPAN_NAMES,
  SPANS,
} from './feed-query.ts'
import { Histogram } from './histogram.tsx'
import { Frame, Head } from './layout.tsx'
import { Filters, SearchBox } from './lists.tsx'
import { Code, Dot, Empty, Time } from './parts.tsx'
import type { Page, Visit } from './visit.ts'
import { counted, emitCommand, eventTitle, eventTone, resourceName } from './words.ts'

/** Names of events that are offered while one types. */
const OFFERED_NAMES_MAX = 40

export const feedPage: Page = async (visit) => {
  const { c, url, now } = visit
  const view = readFeedView(url.searchParams, now)
  const results = await resultsOf(visit, view)
  if (c.req.header('x-part') === 'results') return c.html(results)
  return c.html(
    <Frame visit={visit} title="Event feed">
      <Head title="Event feed" sub="Everything that happened, as it happens.">
        <button type="button" class="button live" id="live" data-state="live" aria-pressed="true">
          <span class="pulse" aria-hidden="true" />
          <span class="live-label">Live</span>
        </button>
        <Spans view={view} />
      </Head>
      <EventFilters view={view} names={await namesOf(visit, view)} />
      {results}
    </Frame>,
  )
}

async function namesOf({ readFeed, workspace, now }: Visit, view: FeedView): Promise<string[]> {
  const index = await readFeed(workspace)
  const filter = filterOf({ ...view, event: '', resource: '', related: '', text: '' })
  const counts = index.count({ filter, time_unit: 'day', time_interval: 1 }, 'event', now)
  return counts.slice(0, OFFERED_NAMES_MAX).map(({ value }) => value)
}

const Spans = ({ view }: { view: FeedView }) => (
  <nav class="segments" aria-label="Span of time">
    {SPAN_NAMES.map((span) => (
      <a
        href={feedPath(view, { span })}
        title={`The last ${SPANS[span].name}`}
        {...(view.span === span && { 'aria-current': 'true' })}
      >
        {span}
      </a>
    ))}
    {view.span === null && (
      <a href={feedPath(view)} aria-current="true">
        Zoomed
      </a>
    )}
  </nav>
)

const EventFilters = ({ view, names }: { view: FeedView; names: string[] }) => (
  <Filters path="/" target="#results" label="Filter events">
    {view.span ? (
      <input type="hidden" name="span" value={view.span} />
    ) : (
      <>
        <input type="hidden" name="since" value={formatInstant(view.since)} />
        <input type="hidden" name="until" value={formatInstant(view.until)} />
      </>
    )}
    <SearchBox
      text={view.text}
      placeholder="Search events, “/”"
      label="Text anywhere in an event"
    />
    <input
      name="event"
      value={view.event}
      list="names"
      placeholder="Event prefix"
      aria-label="Event names beginning with"
      autocomplete="off"
    />
    <input
      name="resource"
      value={view.resource}
      placeholder="Resource"
      aria-label="Resource ids beginning with"
      autocomplete="off"
    />
    <input
      name="related"
      value={view.related}
      placeholder="Related to"
      aria-label="Any resource involved, its id beginning with"
      autocomplete="off"
    />
    <datalist id="names">
      {names.map((name) => (
        <option value={name} />
      ))}
    </datalist>
  </Filters>
)

async function resultsOf(visit: Visit, view: FeedView) {
  const { readFeed, workspace, now, url } = visit
  const index = await readFeed(workspace)
  const filter = filterOf(view)
  const token = url.searchParams.get('after')
  const page = index.query(token ? parsePageToken(token) : { filter, limit: EVENTS_PAGE_MAX })
  const count = { filter, time_unit: 'second' as const, time_interval: barSeconds(view) }
  const { events, total, isTotalExact, nextPage } = page
  return (
    <section class="card" id="results" aria-label="Events">
      <header>
        <h2>
          {isTotalExact ? '' : 'At least '}
          {counted(total, 'event')}
        </h2>
        {isNarrowed(view) && (
          <a
            class="link"
            href={feedPath({ ...view, event: '', resource: '', related: '', text: '' })}
          >
            Clear filters
          </a>
        )}
      </header>
      <Histogram
        counts={index.count(count, 'time', now)}
        since={view.since}
        until={view.until}
        sinceText={formatInstant(view.since)}
        untilText={formatInstant(view.until)}
        now={now}
      />
      {events.length > 0 ? (
        <EventList events={events} now={now} />
      ) : index.size > 0 ? (
        <NothingFound view={view} />
      ) : (
        <NothingYet visit={visit} />
      )}
      {nextPage && (
        <div class="more">
          <a class="button" href={olderPath(view, nextPage)}>
            Older events
          </a>
        </div>
      )}
    </section>
  )
}

function olderPath(view: FeedView, token: string): string {
  const path = feedPath({ ...view, span: null })
  return `${path}${path.includes('?') ? '&' : '?'}after=${encodeURIComponent(token)}`
}

/** Events as rows. */
export const EventList = ({ events, now }: { events: Event[]; now: Micros }) => (
  <ol class="list">
    {events.map((event) => (
      <li data-row id={`e-${event.id}`}>
        <Dot tone={eventTone(event.event)} />
        <a href={`/events/${event.id}`} class="cut">
          <div class="title cut">{eventTitle(event.event)}</div>
          <div class="under mono">{event.event}</div>
        </a>
        <div class="aside cut">
          <div class="cut">{resourceName(event.resource)}</div>
          <div class="under mono">{event.resource['prefect.resource.id']}</div>
        </div>
        <Time at={event.occurred} now={now} />
      </li>
    ))}
  </ol>
)

const NothingFound = ({ view }: { view: FeedView }) => (
  <Empty icon="search" title="Nothing in this time">
    <p>Events are kept for seven days. Look at a longer time, or at less of a filter.</p>
    <a class="button" href={feedPath(view, { span: '7d' })}>
      Show the last 7 days
    </a>
  </Empty>
)

const NothingYet = ({ visit: { url, services, now } }: { visit: Visit }) => (
  <Empty icon="feed" title="Waiting for the first event">
    <p>
      <a class="link" href="/webhooks/new">
        Create a webhook
      </a>{' '}
      for others to call, or send an event yourself:
    </p>
    <Code
      id="first-event"
      text={emitCommand(url.origin, services.ids.next(), 'bread.baked', formatInstant(now))}
    />
  </Empty>
)
