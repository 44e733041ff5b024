// Health: what needs somebody, whether everything keeps up, and what it costs. The same page everywhere; what this process cannot know it
// says, and where it is to be seen. Each figure leads to what it counts.

import { COUNTED_FATES } from '../core/fates.ts'
import type { ShownLetter } from '../core/vitals.ts'
import { isStackAdmin } from '../http/gate.ts'
import { type HealthReport, healthOf, lastDay, TROUBLES } from '../steps/health.ts'
import { Card, Figure } from './cards.tsx'
import { errorParts, FATE_WORDS, letterTitle, readerTitle, wakeTitle } from './failures.ts'
import { EventList } from './feed.tsx'
import { Frame, Head } from './layout.tsx'
import { ShortList } from './lists.tsx'
import { Empty, Status, Time } from './parts.tsx'
import type { Page, Visit } from './visit.ts'
import { counted, dollars, grouped, lasting, spoken, type Tone } from './words.ts'

/** Troubles and letters listed. */
const SHOWN_MAX = 20
/** A reader that has had a record in hand for so long is behind; all below is the usual coming and going. */
const BEHIND_MS = 2_000

export const healthPage: Page = async (visit) => {
  const { c, services, readFeed, workspace, now } = visit
  const report = await healthOf(services, readFeed, services.vitals)(workspace)
  const index = await readFeed(workspace)
  const troubles = index.query({ filter: lastDay(TROUBLES, now), limit: SHOWN_MAX }).events
  const letters = isStackAdmin(visit.caller)
    ? ((await services.vitals?.letters?.list(SHOWN_MAX)) ?? [])
    : []
  return c.html(
    <Frame visit={visit} title="Health">
      <Head
        title="Health"
        sub={
          report.feed.newest_received ? (
            <>
              The last event came <Time at={report.feed.newest_received} now={now} />.
            </>
          ) : (
            'No event in the last day.'
          )
        }
      />
      <Figures report={report} />
      {letters.length > 0 && <Letters visit={visit} letters={letters} />}
      <div class="columns">
        <div class="stack">
          <Readers report={report} />
          <Wakes report={report} now={now} />
          <Fates report={report} />
        </div>
        <Cost report={report} now={now} />
      </div>
      <Card
        id="troubles"
        title="Failures in the last 24 hours"
        aside={
          <a class="link" href={`/?span=24h&event=${TROUBLES.join(',')}`}>
            In the feed
          </a>
        }
      >
        {troubles.length === 0 ? (
          <Empty icon="check" title="All is well">
            <p>No call failed, no action failed, no delivery was given up.</p>
          </Empty>
        ) : (
          <EventList events={troubles} now={now} />
        )}
      </Card>
    </Frame>,
  )
}

const Figures = ({ report }: { report: HealthReport }) => {
  const { last_day, runs, workers, feed, dead_letters, automations } = report
  return (
    <div class="tiles">
      <Tile figure={feed.last_day} what="events in 24 hours" path="/?span=24h" />
      <Tile figure={last_day.failures} what="failures in 24 hours" path="#troubles" tone="bad" />
      <Tile figure={runs.late} what="late runs" path="/delayed" tone="warn" />
      <Tile figure={runs.waiting} what="runs waiting" path="/delayed" />
      <Tile figure={workers.online} what="workers online" path="/work-pools" />
      <Tile figure={dead_letters} what="dead letters" path="#letters" tone="bad" />
      <Tile
        figure={last_day.deliveries_given_up}
        what="deliveries given up"
        path="/?span=24h&event=tripline.delivery.dead-lettered"
        tone="bad"
      />
      <Tile figure={automations.disabled} what="automations off" path="/automations" />
    </div>
  )
}

interface TileProps {
  /** Null: not known here. */
  figure: number | null
  what: string
  path: string
  /** Of anything but none. */
  tone?: Tone
}

const Tile = ({ figure, what, path, tone = 'calm' }: TileProps) => (
  <a class={`card tile ${figure ? tone : 'calm'}`} href={path}>
    <span class="figure">{figure === null ? '–' : grouped(figure)}</span>
    <span class="quiet">{what}</span>
  </a>
)

const Elsewhere = ({ what, report }: { what: string; report: HealthReport }) => (
  <p class="body quiet">
    {what}{' '}
    {report.dashboard_url ? (
      <a class="link" href={report.dashboard_url} rel="noreferrer">
        CloudWatch has it
      </a>
    ) : (
      'It is not known to this process.'
    )}
  </p>
)

const Readers = ({ report }: { report: HealthReport }) => (
  <Card id="readers" title="Streams" hint="How far each reader is">
    {report.readers === null ? (
      <Elsewhere what="Each stream is read by a function of its own." report={report} />
    ) : (
      <dl class="figures">
        {report.readers.map(({ name, stream, behind_ms: behindMs }) => (
          <Figure
            name={
              <>
                {readerTitle(name)} <code class="quiet">{stream}</code>
              </>
            }
          >
            {behindMs === null || behindMs < BEHIND_MS ? (
              <Status tone="good">Up to date</Status>
            ) : (
              <Status tone="warn">{`${lasting(behindMs * 1_000)} behind`}</Status>
            )}
          </Figure>
        ))}
      </dl>
    )}
  </Card>
)

const Wakes = ({ report, now }: { report: HealthReport; now: number }) => (
  <Card id="wakes" title="Wakes to come" hint="What waits for its time">
    {report.wakes === null ? (
      <Elsewhere what="Wakes are in a queue and in EventBridge Scheduler." report={report} />
    ) : report.wakes.length === 0 ? (
      <p class="body quiet">Nothing waits for its time.</p>
    ) : (
      <dl class="figures">
        {report.wakes.map(({ kind, count, next }) => (
          <Figure name={wakeTitle(kind)}>
            <span class="quiet">
              next <Time at={next} now={now} />
            </span>{' '}
            <strong>{grouped(count)}</strong>
          </Figure>
        ))}
      </dl>
    )}
  </Card>
)

const Cost = ({ report, now }: { report: HealthReport; now: number }) => {
  const { spending } = report
  return (
    <Card
      id="cost"
      title="Tables"
      hint={
        spending && (
          <>
            Since the start, <Time at={spending.since} now={now} />
          </>
        )
      }
    >
      {spending === null ? (
        <Elsewhere what="Requests and capacity are counted by DynamoDB." report={report} />
      ) : (
        <>
          <dl class="figures">
            <Figure name="Requests">{grouped(spending.requests)}</Figure>
            <Figure name="Read units">{grouped(Math.ceil(spending.read_units))}</Figure>
            <Figure name="Write units">{grouped(spending.write_units)}</Figure>
            <Figure name="On AWS, so far">{dollars(spending.usd)}</Figure>
            <Figure name="A month like this">
              {spending.usd_per_month === null
                ? 'Too early to tell'
                : dollars(spending.usd_per_month)}
            </Figure>
          </dl>
          <p class="body quiet">
            An estimate at on-demand list prices, of the tables alone; functions and gateways are
            not in it.
          </p>
        </>
      )}
    </Card>
  )
}

/** Events that triggers wanted and that changed nothing there, or not yet. */
const Fates = ({ report }: { report: HealthReport }) => {
  const { fates } = report
  return (
    <Card id="fates" title="Without effect" hint="Events that triggers wanted">
      {fates === null ? (
        <Elsewhere what="Late, held and ignored events are counted as metrics." report={report} />
      ) : COUNTED_FATES.every((fate) => fates[fate] === 0) ? (
        <p class="body quiet">None came late, waits, or was ignored since the start.</p>
      ) : (
        <dl class="figures">
          {COUNTED_FATES.map((fate) => (
            <Figure
              name={
                <>
                  {spoken(fate)}
                  <div class="quiet">{FATE_WORDS[fate]}</div>
                </>
              }
            >
              {grouped(fates[fate])}
            </Figure>
          ))}
        </dl>
      )}
    </Card>
  )
}

const Letters = ({ visit, letters }: { visit: Visit; letters: ShownLetter[] }) => (
  <Card
    id="letters"
    title="Dead letters"
    hint={`${counted(letters.length, 'record')} that a reader could not do`}
  >
    <ShortList
      rows={letters.map(({ id, at, reader, error }) => ({
        id: `l-${id}`,
        tone: 'bad',
        path: `/health/dead-letters/${id}`,
        title: letterTitle(reader),
        under: errorParts(error).message,
        at,
      }))}
      now={visit.now}
    />
  </Card>
)
