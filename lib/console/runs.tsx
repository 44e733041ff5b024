// Flow runs: the list, and one of them with the states it went through, its logs as they come, its parameters and its cause.
import type { LogLine } from '../core/ports.ts'
import { type FlowRun, isTerminal, type State } from '../core/run.ts'
import { formatInstant, MICROS_PER_SECOND, parseInstant } from '../core/time.ts'
import { Icon } from './icons.tsx'
import { Json } from './json.tsx'
import { Frame, Head } from './layout.tsx'
import { notHere } from './not-here.tsx'
import { saying } from './notices.ts'
import { Action, Code, Dot, Empty, Status, Time, Token } from './parts.tsx'
import { recentOf } from './recent.ts'
import type { Page, Visit } from './visit.ts'
import { eventTitle, lasting, stateTone } from './words.ts'

/** Runs of one page. */
const RUNS_MAX = 50
/** Log lines of one page: those of a long run are in the API. */
const LINES_MAX = 1_000

/** Names of flows and deployments by id. */
export async function namesOf({ services, workspace }: Visit): Promise<Map<string, string>> {
  const [flows, deployments] = await Promise.all([
    services.flows.list(workspace),
    services.deployments.list(workspace),
  ])
  return new Map([...flows, ...deployments].map(({ id, name }) => [id, name]))
}

export const runsPage: Page = async (visit) => {
  const { c, services, workspace } = visit
  const runs = await services.runs.list(workspace, { newest: RUNS_MAX })
  const newest = runs.toSorted((a, b) => (a.created > b.created ? -1 : 1))
  return c.html(
    <Frame visit={visit} title="Flow runs">
      <Head title="Flow runs" sub={`The last ${RUNS_MAX}, newest first.`} />
      <section class="card" aria-label="Flow runs">
        {newest.length === 0 ? (
          <Empty icon="run" title="No runs yet">
            <p>Serve a flow, then run its deployment or let an automation do it:</p>
            <Code
              id="serve"
              text={`export PREFECT_API_URL=${visit.url.origin}/api\ntripline serve flows.ts`}
            />
          </Empty>
        ) : (
          <RunTable runs={newest} names={await namesOf(visit)} now={visit.now} />
        )}
      </section>
    </Frame>,
  )
}

interface RunTableProps {
  runs: FlowRun[]
  names: Map<string, string>
  now: number
}

export const RunTable = ({ runs, names, now }: RunTableProps) => (
  <div class="table">
    <table>
      <thead>
        <tr>
          <th>Run</th>
          <th>State</th>
          <th class="wide">Deployment</th>
          <th class="wide num">Took</th>
          <th class="num">When</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr data-row id={`r-${run.id}`}>
            <td>
              <div class="title">
                <a href={`/runs/${run.id}`}>{run.name}</a>
              </div>
              <div class="quiet">{names.get(run.flow_id)}</div>
            </td>
            <td>
              <Status tone={stateTone(run.state)}>{run.state?.name ?? 'No state'}</Status>
            </td>
            <td class="wide">
              {run.deployment_id && (
                <a class="link" href={`/deployments/${run.deployment_id}`}>
                  {names.get(run.deployment_id)}
                </a>
              )}
            </td>
            <td class="wide num">{took(run)}</td>
            <td class="num">
              <Time at={run.start_time ?? run.expected_start_time ?? run.created} now={now} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)

const took = ({ total_run_time }: FlowRun): string =>
  total_run_time > 0 ? lasting(total_run_time * MICROS_PER_SECOND) : '–'

export const runPage: Page = async (visit) => {
  const { c, services, workspace, now } = visit
  const id = c.req.param('id') ?? ''
  const found = await services.runs.get(workspace, id)
  if (!found) return notHere(visit, 'run')
  const run = found.value
  const [states, lines, names, cause] = await Promise.all([
    services.runs.states(workspace, id),
    services.logs.list(workspace, id),
    namesOf(visit),
    causeOf(visit, run),
  ])
  return c.html(
    <Frame visit={visit} title={run.name}>
      <Head
        title={run.name}
        sub={names.get(run.flow_id) ?? ''}
        from={{ path: '/runs', name: 'Flow runs' }}
      >
        <Status tone={stateTone(run.state)}>{run.state?.name ?? 'No state'}</Status>
        <RunActions visit={visit} run={run} />
      </Head>
      <div class="columns">
        <div class="stack">
          <RunLogs run={run} lines={lines} />
          <section class="card" aria-labelledby="parameters">
            <header>
              <h2 id="parameters">Parameters</h2>
            </header>
            <Json id="parameters-json" value={run.parameters} />
          </section>
        </div>
        <div class="stack">
          <States states={states} />
          <section class="card" aria-labelledby="about">
            <header>
              <h2 id="about">About</h2>
            </header>
            <div class="body">
              <dl class="facts">
                {cause && (
                  <>
                    <dt>Caused by</dt>
                    <dd>
                      <a class="link" href={`/events/${cause.id}`}>
                        {eventTitle(cause.event)}
                      </a>
                    </dd>
                  </>
                )}
                {run.created_by && (
                  <>
                    <dt>Made by</dt>
                    <dd>{run.created_by.display_value ?? run.created_by.type}</dd>
                  </>
                )}
                {run.deployment_id && (
                  <>
                    <dt>Deployment</dt>
                    <dd>
                      <a class="link" href={`/deployments/${run.deployment_id}`}>
                        {names.get(run.deployment_id) ?? run.deployment_id}
                      </a>
                    </dd>
                  </>
                )}
                {run.expected_start_time && (
                  <>
                    <dt>Planned for</dt>
                    <dd>
                      <Time at={run.expected_start_time} now={now} as="full" />
                    </dd>
                  </>
                )}
                <dt>Took</dt>
                <dd>{took(run)}</dd>
                {run.tags.length > 0 && (
                  <>
                    <dt>Tags</dt>
                    <dd class="tags">
                      {run.tags.map((tag) => (
                        <span class="tag">{tag}</span>
                      ))}
                    </dd>
                  </>
                )}
                <dt>Id</dt>
                <dd>
                  <code>{run.id}</code>
                </dd>
              </dl>
            </div>
          </section>
        </div>
      </div>
    </Frame>,
  )
}

/** The event that the action which made the run was set off by; null for a run that somebody asked for. */
async function causeOf(visit: Visit, { id }: FlowRun) {
  const made = await recentOf(visit, `prefect.flow-run.${id}`, 1, {
    prefix: null,
    exclude_prefix: null,
    name: ['prefect.automation.action.executed'],
    exclude_name: null,
  })
  const trigger = made[0]?.related.find(
    (one) => one['prefect.resource.role'] === 'triggering-event',
  )
  const eventId = trigger?.['prefect.resource.id']?.slice('prefect.event.'.length)
  return eventId ? visit.services.events.get(visit.workspace, eventId) : null
}

/** The states in order, each with how long the one before lasted. */
const States = ({ states }: { states: State[] }) => (
  <section class="card" aria-labelledby="states">
    <header>
      <h2 id="states">Timeline</h2>
    </header>
    <ol class="chain">
      {states.map((state, i) => {
        const before = states[i - 1]
        const passed = before
          ? (parseInstant(state.timestamp) ?? 0) - (parseInstant(before.timestamp) ?? 0)
          : null
        return (
          <li>
            <Dot tone={stateTone(state)} />
            <div class="what">
              <a href={`/events/${state.id}`}>{state.name}</a>
              <span class="when">
                {passed === null ? (
                  <Time at={state.timestamp} now={0} as="clock" />
                ) : (
                  `+${lasting(Math.max(0, passed))}`
                )}
              </span>
            </div>
            {state.message && <div class="why">{state.message}</div>}
          </li>
        )
      })}
    </ol>
  </section>
)

const LEVELS: [number, string, string][] = [
  [40, 'error', 'bad'],
  [30, 'warn', 'warn'],
  [20, 'info', ''],
  [0, 'debug', ''],
]

/** Asks again every two seconds while the run goes on. */
const RunLogs = ({ run, lines }: { run: FlowRun; lines: LogLine[] }) => {
  const isOver = run.state !== null && isTerminal(run.state.type)
  return (
    <section
      class="card"
      id="logs"
      aria-labelledby="logs-title"
      {...(!isOver && {
        'hx-get': `/runs/${run.id}/logs`,
        'hx-trigger': 'every 2s',
        'hx-swap': 'outerHTML',
      })}
    >
      <header>
        <h2 id="logs-title">Logs</h2>
        <span class="quiet">{isOver ? `${lines.length} lines` : 'live'}</span>
      </header>
      {lines.length === 0 ? (
        <p class="body quiet">{isOver ? 'It wrote nothing.' : 'Nothing written yet.'}</p>
      ) : (
        <ol class="logs">
          {lines.slice(-LINES_MAX).map(({ level, message, timestamp }) => {
            const [, name, tone] = LEVELS.find(([from]) => level >= from) ?? [0, '', '']
            return (
              <li class={tone}>
                <Time at={timestamp} now={0} as="clock" />
                <span class="level">{name}</span>
                <span class="message">{message}</span>
              </li>
            )
          })}
        </ol>
      )}
    </section>
  )
}

export const runLogs: Page = async ({ c, services, workspace }) => {
  const id = c.req.param('id') ?? ''
  const found = await services.runs.get(workspace, id)
  if (!found) return c.body(null, 404)
  return c.html(<RunLogs run={found.value} lines={await services.logs.list(workspace, id)} />)
}

/** What can be done with a run in its state. */
export const RunActions = ({ visit, run }: { visit: Visit; run: FlowRun }) => {
  const path = `/runs/${run.id}`
  const isWaiting = run.state?.type === 'SCHEDULED'
  const isOver = run.state !== null && isTerminal(run.state.type)
  return (
    <>
      {isWaiting && (
        <>
          <Action visit={visit} path={`${path}/now`} kind="main-action">
            <Icon name="run" />
            Run now
          </Action>
          <form method="post" action={`${path}/postpone`} class="inline">
            <Token visit={visit} />
            <select name="by" aria-label="Postpone by">
              <option value="600">10 minutes</option>
              <option value="3600">1 hour</option>
              <option value="86400">1 day</option>
            </select>
            <button type="submit" class="button">
              Postpone
            </button>
          </form>
        </>
      )}
      {!isOver && (
        <Action visit={visit} path={`${path}/cancel`} kind="danger" confirm={`Cancel ${run.name}?`}>
          Cancel
        </Action>
      )}
    </>
  )
}

const pathOf = ({ c }: Visit): string => `/runs/${c.req.param('id')}`

async function propose(visit: Visit, state: object): Promise<void> {
  const path = `/flow_runs/${visit.c.req.param('id')}/set_state`
  await visit.change('POST', path, { state, force: false })
}

/** Where the button was: the list of waiting runs, or the run's page. */
const back = (visit: Visit): string => (visit.form.from === '/delayed' ? '/delayed' : pathOf(visit))

export const runNow: Page = async (visit) => {
  const scheduled_time = formatInstant(visit.now)
  await propose(visit, { type: 'SCHEDULED', state_details: { scheduled_time } })
  return visit.c.redirect(saying('started', back(visit)), 303)
}

/** From its planned time, or from now if that has passed. */
export const postponeRun: Page = async (visit) => {
  const { services, workspace, form, c, now } = visit
  const found = await services.runs.get(workspace, c.req.param('id') ?? '')
  if (!found) return notHere(visit, 'run')
  const planned = parseInstant(found.value.next_scheduled_start_time ?? '') ?? now
  const by = Math.min(Math.max(Number(form.by) || 0, 60), 31 * 86_400) * MICROS_PER_SECOND
  const scheduled_time = formatInstant(Math.max(planned, now) + by)
  await propose(visit, { type: 'SCHEDULED', state_details: { scheduled_time } })
  return c.redirect(saying('postponed', back(visit)), 303)
}

/** A run that nobody has begun is cancelled at once; one that is going on is asked to stop. */
export const cancelRun: Page = async (visit) => {
  const { services, workspace, c } = visit
  const found = await services.runs.get(workspace, c.req.param('id') ?? '')
  if (!found) return notHere(visit, 'run')
  const type = found.value.state?.type === 'SCHEDULED' ? 'CANCELLED' : 'CANCELLING'
  await propose(visit, { type, message: 'Cancelled in the console' })
  return c.redirect(saying('cancelled', back(visit)), 303)
}
