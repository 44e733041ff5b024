// One flow run: why there is one, the states it went through, its logs as they come, its parameters.
import type { RunStep } from '../core/explain-run.ts'
import type { LogLine } from '../core/log-line.ts'
import { type FlowRun, isTerminal, type State } from '../core/run.ts'
import { type Micros, parseInstant } from '../core/time.ts'
import { explainRun } from '../steps/explain-run.ts'
import { Card, Fact, TagsFact } from './cards.tsx'
import { Json } from './json.tsx'
import { Frame, Head } from './layout.tsx'
import { ChainStep } from './lists.tsx'
import { notHere } from './not-here.tsx'
import { Status, Time } from './parts.tsx'
import { RunActions } from './run-actions.tsx'
import { namesOf, took } from './runs.tsx'
import type { Page } from './visit.ts'
import { Said } from './why.tsx'
import { lasting, spoken, stateTone, type Tone } from './words.ts'

/** Log lines of one page: those of a long run are in the API. */
const LINES_MAX = 1_000

export const runPage: Page = async (visit) => {
  const { c, services, workspace, now } = visit
  const id = c.req.param('id') ?? ''
  const found = await services.runs.get(workspace, id)
  if (!found) return notHere(visit, 'run')
  const run = found.value
  const [states, lines, names, why] = await Promise.all([
    services.runs.states(workspace, id),
    services.logs.list(workspace, id),
    namesOf(visit),
    explainRun(services, visit.readFeed)(workspace, run),
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
          <Card id="parameters" title="Parameters">
            <Json id="parameters-json" value={run.parameters} />
          </Card>
        </div>
        <div class="stack">
          <Steps id="because" title="Because of" steps={why.causes} now={now} />
          <States states={states} />
          {why.effects.length > 0 && (
            <Steps id="effects" title="What came of it" steps={why.effects} now={now} />
          )}
          <Card id="about" title="About">
            <div class="body">
              <dl class="facts">
                {run.created_by && (
                  <Fact name="Made by">{run.created_by.display_value ?? run.created_by.type}</Fact>
                )}
                {run.deployment_id && (
                  <Fact name="Deployment">
                    <a class="link" href={`/deployments/${run.deployment_id}`}>
                      {names.get(run.deployment_id) ?? run.deployment_id}
                    </a>
                  </Fact>
                )}
                {run.expected_start_time && (
                  <Fact name="Planned for">
                    <Time at={run.expected_start_time} now={now} as="full" />
                  </Fact>
                )}
                <Fact name="Took">{took(run)}</Fact>
                <TagsFact tags={run.tags} />
                <Fact name="Id">
                  <code>{run.id}</code>
                </Fact>
              </dl>
            </div>
          </Card>
        </div>
      </div>
    </Frame>,
  )
}

const KIND_TONES: Readonly<Record<RunStep['kind'], Tone>> = {
  event: 'calm',
  firing: 'busy',
  action: 'good',
  run: 'busy',
  state: 'calm',
}

/** Why there is such a run: event, firing, action, run. Or what it set off in its turn. */
const Steps = ({ id, title, steps, now }: StepsProps) => (
  <Card id={id} title={title}>
    <ol class="chain told">
      {steps.map(({ kind, event_id: event, at, text }) => (
        <ChainStep
          tone={KIND_TONES[kind]}
          path={event && `/events/${event}`}
          title={spoken(kind)}
          when={<Time at={at} now={now} />}
          why={<Said text={text} />}
        />
      ))}
    </ol>
  </Card>
)

interface StepsProps {
  id: string
  title: string
  steps: RunStep[]
  now: Micros
}

/** The states in order, each with how long the one before lasted. */
const States = ({ states }: { states: State[] }) => (
  <Card id="states" title="Timeline">
    <ol class="chain">
      {states.map((state, i) => {
        const before = states[i - 1]
        const passed = before
          ? (parseInstant(state.timestamp) ?? 0) - (parseInstant(before.timestamp) ?? 0)
          : null
        return (
          <ChainStep
            tone={stateTone(state)}
            path={`/events/${state.id}`}
            title={state.name}
            when={
              passed === null ? (
                <Time at={state.timestamp} now={0} as="clock" />
              ) : (
                `+${lasting(Math.max(0, passed))}`
              )
            }
            why={state.message}
          />
        )
      })}
    </ol>
  </Card>
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
        <span class="quiet">{isOver ? `${lines.length} lines` : 'Live'}</span>
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
