// Health: what needs somebody, as far as events and objects tell. Each figure leads to what it counts.
import { type EventFilter, eventFilterSchema } from '../core/filter.ts'
import { formatInstant, MICROS_PER_SECOND } from '../core/time.ts'
import { EventList } from './feed.tsx'
import { Frame, Head } from './layout.tsx'
import { Empty, Time } from './parts.tsx'
import type { Page, Visit } from './visit.ts'
import { grouped } from './words.ts'

const DAY_SECONDS = 86_400
/** Troubles listed, and runs looked through. */
const SHOWN_MAX = 20
const RUNS_MAX = 1_000

/** Events that tell of something that went wrong on our side of the road. */
const TROUBLES = [
  'prefect-cloud.webhook.failed',
  'prefect.automation.action.failed',
  'tripline.delivery.dead-lettered',
  'tripline.automation.paused',
  'tripline.record.set-aside',
]

export const healthPage: Page = async (visit) => {
  const { c, readFeed, workspace, now } = visit
  const index = await readFeed(workspace)
  const ask = (event: EventFilter['event'], limit: number) => {
    const filter = eventFilterSchema.parse({ event })
    const since = formatInstant(now - DAY_SECONDS * MICROS_PER_SECOND)
    return index.query({
      filter: { ...filter, occurred: { since, until: formatInstant(now) } },
      limit,
    })
  }
  const names = (name: string[]) => ({
    prefix: null,
    exclude_prefix: null,
    name,
    exclude_name: null,
  })
  const troubles = ask(names(TROUBLES), SHOWN_MAX)
  const all = ask(null, 1)
  const [newest] = all.events
  const figures = await figuresOf(visit)
  return c.html(
    <Frame visit={visit} title="Health">
      <Head
        title="Health"
        sub={
          newest ? (
            <>
              The last event came <Time at={newest.received} now={now} />.
            </>
          ) : (
            'No event in the last day.'
          )
        }
      />
      <div class="tiles">
        <Tile figure={all.total} what="events in 24 hours" path="/?span=24h" />
        <Tile figure={index.size} what="events in memory" path="/?span=7d" />
        <Tile figure={troubles.total} what="failures in 24 hours" path="#troubles" />
        <Tile figure={figures.late} what="late runs" path="/delayed" />
        <Tile figure={figures.waiting} what="runs waiting" path="/delayed" />
        <Tile figure={figures.paused} what="paused automations" path="/automations" />
      </div>
      <section class="card" aria-labelledby="troubles">
        <header>
          <h2 id="troubles">Failures in the last 24 hours</h2>
          <a class="link" href={`/?span=24h&event=${TROUBLES.join(',')}`}>
            In the feed
          </a>
        </header>
        {troubles.events.length === 0 ? (
          <Empty icon="check" title="All is well">
            <p>No call failed, no action failed, no delivery was given up.</p>
          </Empty>
        ) : (
          <EventList events={troubles.events} now={now} />
        )}
      </section>
    </Frame>,
  )
}

async function figuresOf({ services, workspace }: Visit) {
  const [runs, automations] = await Promise.all([
    services.runs.list(workspace, { newest: RUNS_MAX }),
    services.automations.list(workspace),
  ])
  const waiting = runs.filter(({ state }) => state?.type === 'SCHEDULED')
  return {
    waiting: waiting.length,
    late: waiting.filter(({ state }) => state?.name === 'Late').length,
    paused: automations.filter(({ automation }) => !automation.enabled).length,
  }
}

const Tile = ({ figure, what, path }: { figure: number; what: string; path: string }) => (
  <a class="card tile" href={path}>
    <span class="figure">{grouped(figure)}</span>
    <span class="quiet">{what}</span>
  </a>
)
