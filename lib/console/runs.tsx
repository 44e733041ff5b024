// Flow runs: the list, which can be narrowed down and read on, page by page; its address says how. One of them is run.tsx.
import type { Deployment, Flow } from '../core/deployment.ts'
import type { RunSelection } from '../core/ports.ts'
import type { FlowRun } from '../core/run.ts'
import { MICROS_PER_SECOND } from '../core/time.ts'
import { Frame, Head } from './layout.tsx'
import { Filters, Named, SearchBox, Table } from './lists.tsx'
import { Empty, ServeCode, Status, Time } from './parts.tsx'
import {
  isNarrowed,
  placeOf,
  type RunsView,
  readRunsView,
  runsOf,
  runsPath,
  STATE_CHOICES,
} from './runs-query.ts'
import type { Page, Visit } from './visit.ts'
import { grouped, lasting, spoken, stateTone } from './words.ts'

/** Runs of one page. */
const RUNS_MAX = 50
/** Runs that are looked through where neither flow nor deployment is chosen. */
const SEARCHED_MAX = 2_000

/** Names of flows and deployments by id. */
export async function namesOf({ services, workspace }: Visit): Promise<Map<string, string>> {
  const [flows, deployments] = await Promise.all([
    services.flows.list(workspace),
    services.deployments.list(workspace),
  ])
  return namesIn([...flows, ...deployments])
}

const namesIn = (named: { id: string; name: string }[]): Map<string, string> =>
  new Map(named.map(({ id, name }) => [id, name]))

export const runsPage: Page = async (visit) => {
  const { c, services, workspace, url } = visit
  const view = readRunsView(url.searchParams)
  const [flows, deployments] = await Promise.all([
    services.flows.list(workspace),
    services.deployments.list(workspace),
  ])
  const names = namesIn([...flows, ...deployments])
  return c.html(
    <Frame visit={visit} title="Flow runs">
      <Head title="Flow runs" sub="What ran, runs and is going to run, newest first." />
      <RunFilters view={view} flows={flows} deployments={deployments} />
      {await resultsOf(visit, view, { names, deployments })}
    </Frame>,
  )
}

interface FiltersProps {
  view: RunsView
  flows: Flow[]
  deployments: Deployment[]
}

const RunFilters = ({ view, flows, deployments }: FiltersProps) => (
  <Filters path="/runs" target="#runs" label="Filter runs">
    <SearchBox
      text={view.text}
      placeholder="Search runs, “/”"
      label="Words of a run's name, tags or id"
    />
    <Choice name="state" label="Any state" chosen={view.state} choices={STATES} />
    <Choice name="flow" label="Any flow" chosen={view.flow} choices={choicesOf(flows)} />
    <Choice
      name="deployment"
      label="Any deployment"
      chosen={view.deployment}
      choices={choicesOf(deployments)}
    />
  </Filters>
)

type Choices = readonly (readonly [value: string, name: string])[]

const STATES: Choices = STATE_CHOICES.map((state) => [state, spoken(state)])

const choicesOf = (named: { id: string; name: string }[]): Choices =>
  named.map(({ id, name }) => [id, name] as const).sort(([, a], [, b]) => (a < b ? -1 : 1))

interface ChoiceProps {
  name: string
  /** What it is called, and what none of the choices means. */
  label: string
  chosen: string
  choices: Choices
}

const Choice = ({ name, label, chosen, choices }: ChoiceProps) => (
  <select name={name} aria-label={label}>
    <option value="">{label}</option>
    {choices.map(([value, said]) => (
      <option value={value} selected={value === chosen}>
        {said}
      </option>
    ))}
  </select>
)

interface Known {
  names: Map<string, string>
  deployments: Deployment[]
}

async function resultsOf(visit: Visit, view: RunsView, { names, deployments }: Known) {
  const { services, workspace, now } = visit
  const runs = await services.runs.list(workspace, selectionOf(view, deployments))
  const found = runsOf(view, runs)
  const shown = found.slice(0, RUNS_MAX)
  const last = found.length > RUNS_MAX ? shown.at(-1) : undefined
  return (
    <section class="card" id="runs" aria-label="Flow runs">
      {shown.length > 0 ? (
        <RunTable runs={shown} names={names} now={now} />
      ) : isNarrowed(view) || view.after !== '' ? (
        <Empty icon="search" title="No such runs">
          <p>None of the last {grouped(SEARCHED_MAX)} runs is like that.</p>
          <a class="button" href="/runs">
            Show all runs
          </a>
        </Empty>
      ) : (
        <Empty icon="run" title="No runs yet">
          <p>Serve a flow, then run its deployment or let an automation do it:</p>
          <ServeCode visit={visit} />
        </Empty>
      )}
      {(last || view.after !== '') && (
        <nav class="more" aria-label="Pages">
          {view.after !== '' && (
            <a class="button" href={runsPath({ ...view, after: '' })}>
              Newest
            </a>
          )}
          {last && (
            <a class="button" href={runsPath({ ...view, after: placeOf(last) })}>
              Older runs
            </a>
          )}
        </nav>
      )}
    </section>
  )
}

/** The least that has to be read: a deployment's runs, a flow's, or the last ones of all. */
function selectionOf({ flow, deployment }: RunsView, deployments: Deployment[]): RunSelection {
  if (deployment !== '') return { owners: [deployment] }
  if (flow === '') return { newest: SEARCHED_MAX }
  const own = deployments.filter(({ flow_id: id }) => id === flow)
  return { owners: [flow, ...own.map(({ id }) => id)] }
}

interface RunTableProps {
  runs: FlowRun[]
  names: Map<string, string>
  now: number
}

export const RunTable = ({ runs, names, now }: RunTableProps) => (
  <Table
    rows={runs}
    prefix="r"
    columns={[
      {
        head: 'Run',
        cell: ({ id, name, flow_id }) => (
          <Named path={`/runs/${id}`} name={name}>
            {names.get(flow_id)}
          </Named>
        ),
      },
      {
        head: 'State',
        cell: ({ state }) => <Status tone={stateTone(state)}>{state?.name ?? 'No state'}</Status>,
      },
      {
        head: 'Deployment',
        kind: 'wide',
        cell: ({ deployment_id: id }) =>
          id && (
            <a class="link" href={`/deployments/${id}`}>
              {names.get(id)}
            </a>
          ),
      },
      { head: 'Took', kind: 'num wide', cell: took },
      {
        head: 'When',
        kind: 'num',
        cell: (run) => (
          <Time at={run.start_time ?? run.expected_start_time ?? run.created} now={now} />
        ),
      },
    ]}
  />
)

/** How long it has run; a dash while it has not. */
export const took = ({ total_run_time }: FlowRun): string =>
  total_run_time > 0 ? lasting(total_run_time * MICROS_PER_SECOND) : '–'
