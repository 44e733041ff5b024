// What an automation that is being written would have done over the events that are stored, and what is probably not meant about it: two
// panels of its form. Both send the JSON as it stands to the API's own routes and save nothing.
import type { BacktestResult, BacktestSample } from '../core/backtest.ts'
import type { Refusal } from '../core/errors.ts'
import type { Warning } from '../core/never.ts'
import type { Rehearsed } from '../core/rehearsal.ts'
import { formatInstant, MICROS_PER_SECOND, type Micros, parseInstant } from '../core/time.ts'
import type { BacktestLine } from '../steps/backtest.ts'
import { parsedJson } from './automation-json.ts'
import { Card, Figure } from './cards.tsx'
import { SPANS, type SpanName } from './feed-query.ts'
import { type BarCount, Histogram } from './histogram.tsx'
import { Json } from './json.tsx'
import { attempt, Time } from './parts.tsx'
import type { Page } from './visit.ts'
import { eventTitle, grouped, resourceName, spoken } from './words.ts'

/** Spans that are offered: up to how long events are kept. */
const SPANS_OFFERED: readonly SpanName[] = ['1h', '24h', '7d']
/** Somebody waits before the page: what takes longer is asked of the API or the command line, which tell how far they have come. */
const SECONDS_MAX = 20
/** Firings that are shown with what their actions would have been given. */
const SAMPLES_MAX = 3

/** Warnings about the JSON of the form it stands in, anew whenever that is changed. */
export const Checks = () => (
  <Card id="checks-title" title="Checked" hint="As you write">
    <div
      id="checks"
      role="status"
      hx-post="/automations/check"
      hx-trigger="load, input from:#json delay:700ms"
      hx-sync="this:replace"
    >
      <p class="body quiet">Not checked yet.</p>
    </div>
  </Card>
)

export const checkDraft: Page = async ({ c, form, change }) => {
  const tried = await attempt(async () =>
    change('POST', '/automations/check', parsedJson(form.json ?? '')),
  )
  if ('refusal' in tried) return c.html(<Refused refusal={tried.refusal} />)
  const { warnings } = tried.done as { warnings: Warning[] }
  return c.html(
    warnings.length === 0 ? (
      <p class="body quiet">Nothing speaks against it.</p>
    ) : (
      <Warnings warnings={warnings} />
    ),
  )
}

/** A draft that cannot be saved as it is: while somebody types no alarm. */
const Refused = ({ refusal: { faults, message } }: { refusal: Refusal }) => (
  <>
    <p class="body quiet">It cannot be saved yet:</p>
    <Warnings
      warnings={
        faults.length === 0
          ? [{ path: '', message }]
          : faults.map(({ loc, msg }) => ({ path: loc.slice(1).join('.'), message: msg }))
      }
    />
  </>
)

const Warnings = ({ warnings }: { warnings: Warning[] }) => (
  <ul class="whys">
    {warnings.map(({ path, message }) => (
      <li>
        {path && <code class="warned">{path}</code>}
        <p>{message.replace(/^Value error, /, '')}</p>
      </li>
    ))}
  </ul>
)

/** Asks what the automation of the form it stands in would have done; `id` is of the saved one that it would replace. */
export const BacktestPanel = ({ id }: { id: string | null }) => (
  <section class="card" id="backtest" aria-labelledby="backtest-title">
    <header>
      <h2 id="backtest-title">What would it have done?</h2>
      <div class="actions">
        {SPANS_OFFERED.map((span) => (
          <button
            type="button"
            class="button small"
            hx-post={id === null ? '/automations/backtest' : `/automations/${id}/backtest`}
            hx-vals={JSON.stringify({ span })}
            hx-target="#backtest-result"
            hx-indicator="#backtest"
            hx-sync="#backtest:replace"
          >
            Last {SPANS[span].name}
          </button>
        ))}
      </div>
    </header>
    <p class="body quiet running">Reading the events…</p>
    <div id="backtest-result" role="status">
      <p class="body quiet">
        Tried on the events that are stored, as if it had been there. Nothing is carried out.
      </p>
    </div>
  </section>
)

export const backtestDraft: Page = async ({ c, form, change, now }) => {
  const span = SPANS_OFFERED.find((one) => one === form.span) ?? '24h'
  const tried = await attempt(async () =>
    resultOf(
      await change('POST', '/automations/backtest', {
        automation: parsedJson(form.json ?? ''),
        automation_id: c.req.param('id') ?? null,
        since: formatInstant(now - SPANS[span].seconds * MICROS_PER_SECOND),
        until: formatInstant(now),
        max_seconds: SECONDS_MAX,
      }),
    ),
  )
  return c.html(
    'refusal' in tried ? (
      <Refused refusal={tried.refusal} />
    ) : (
      <Result result={tried.done} now={now} />
    ),
  )
}

async function resultOf(lines: unknown): Promise<BacktestResult> {
  for await (const line of lines as AsyncIterable<BacktestLine>) {
    if ('result' in line) return line.result
  }
  throw new Error('a backtest ended without a result')
}

interface ResultProps {
  result: BacktestResult
  now: Micros
}

const Result = ({ result, now }: ResultProps) => {
  const { since, until, events, firings, fates, samples, incomplete } = result
  return (
    <>
      <dl class="figures">
        <Figure name="Would have fired">
          <strong>{grouped(firings.now)}</strong>
        </Figure>
        {firings.before !== null && (
          <>
            <Figure name="As it is saved">
              <strong>{grouped(firings.before)}</strong>
            </Figure>
            <Figure name="New firings">
              <strong>{grouped(firings.added)}</strong>
            </Figure>
            <Figure name="Firings that would be gone">
              <strong>{grouped(firings.removed)}</strong>
            </Figure>
          </>
        )}
        <Figure name="Events read">
          <strong>{grouped(events)}</strong>
        </Figure>
      </dl>
      {incomplete && (
        <p class="body quiet">
          It was stopped for want of {incomplete}: what is shown ends at{' '}
          <Time at={until} now={now} as="full" />. The API and the command line read on.
        </p>
      )}
      <Histogram
        counts={barsOf(result)}
        noun="firing"
        isZoomable={false}
        since={parseInstant(since) ?? 0}
        until={parseInstant(until) ?? now}
        sinceText={since}
        untilText={until}
        now={now}
      />
      {firings.before !== null && (
        <p class="body quiet legend">The line across a bar is as it is saved.</p>
      )}
      {Object.keys(fates).length > 0 && (
        <div class="body tags">
          {Object.entries(fates).map(([fate, count]) => (
            <span class="tag">
              {spoken(fate)} {grouped(count)}
            </span>
          ))}
        </div>
      )}
      <ol class="whys samples">
        {samples.slice(0, SAMPLES_MAX).map((sample, i) => (
          <Sample sample={sample} number={i} now={now} />
        ))}
      </ol>
    </>
  )
}

function barsOf({ histogram, bar_seconds: seconds, firings }: BacktestResult): BarCount[] {
  return histogram.map(({ start, now, before }) => ({
    start_time: start,
    end_time: formatInstant((parseInstant(start) ?? 0) + seconds * MICROS_PER_SECOND - 1),
    count: now,
    ...(firings.before !== null && { before }),
  }))
}

interface SampleProps {
  sample: BacktestSample
  number: number
  now: Micros
}

const Sample = ({ sample: { triggered, event, labels, actions }, number, now }: SampleProps) => (
  <li>
    <div class="between">
      {event ? (
        <a class="title" href={`/events/${event.id}`}>
          {eventTitle(event.event)} · {resourceName(event.resource)}
        </a>
      ) : (
        <span class="title">Silence</span>
      )}
      <Time at={triggered} now={now} as="short" />
    </div>
    {Object.keys(labels).length > 0 && (
      <div class="quiet mono">{Object.values(labels).join(' · ')}</div>
    )}
    {actions.map((action, i) => (
      <Rehearsal action={action} id={`sample-${number}-${i}`} now={now} />
    ))}
  </li>
)

interface RehearsalProps {
  action: Rehearsed
  id: string
  now: Micros
}

const Rehearsal = ({ action: { type, parameters, scheduled, fault }, id, now }: RehearsalProps) => (
  <div>
    <span>{spoken(type)}</span>
    {scheduled && (
      <span class="quiet">
        {' '}
        planned for <Time at={scheduled} now={now} as="short" />
      </span>
    )}
    {fault && <p class="fault">{fault}</p>}
    {parameters && <Json id={id} value={parameters} />}
  </div>
)
