// The list of runs as its address asks for it: state, flow, deployment, text, and the run after which a page begins. Read from a link and
// written into the next; what cannot be read is as if it were not there.
import { type FlowRun, STATE_TYPES } from '../core/run.ts'

/** What the list shows; empty texts ask nothing. */
export interface RunsView {
  /** A state's type, or `LATE`, which is a name that scheduled runs have when nobody comes for them. */
  state: string
  flow: string
  deployment: string
  /** Words of a run's name, tags or id. */
  text: string
  /** The last run of the page before, as `placeOf` writes it. */
  after: string
}

const FIELDS = ['state', 'flow', 'deployment', 'text', 'after'] as const
/** Characters of one field. */
const LENGTH_MAX = 200

/** States that can be chosen. */
export const STATE_CHOICES: readonly string[] = [...STATE_TYPES, 'LATE']

export function readRunsView(query: URLSearchParams): RunsView {
  const text = (name: string) => (query.get(name) ?? '').trim().slice(0, LENGTH_MAX)
  const [flow, deployment] = [text('flow'), text('deployment')]
  const state = text('state').toUpperCase()
  return {
    state: STATE_CHOICES.includes(state) ? state : '',
    flow,
    deployment,
    text: text('text'),
    after: text('after'),
  }
}

/** The address of a view, with some of it changed. */
export function runsPath(view: Partial<RunsView>): string {
  const query = new URLSearchParams()
  for (const name of FIELDS) if (view[name]) query.set(name, view[name])
  const text = query.toString()
  return text === '' ? '/runs' : `/runs?${text}`
}

export const isNarrowed = ({ state, flow, deployment, text }: RunsView): boolean =>
  [state, flow, deployment, text].some((one) => one !== '')

/** A run's place in the list, which is in this order, last first. */
export const placeOf = ({ created, id }: FlowRun): string => `${created}_${id}`

/** Runs of a view, newest first, all that are left after its place. */
export function runsOf(view: RunsView, runs: readonly FlowRun[]): FlowRun[] {
  return runs.filter((run) => isShown(view, run)).sort((a, b) => (placeOf(a) > placeOf(b) ? -1 : 1))
}

function isShown({ state, flow, deployment, text, after }: RunsView, run: FlowRun): boolean {
  if (after !== '' && placeOf(run) >= after) return false
  if (flow !== '' && run.flow_id !== flow) return false
  if (deployment !== '' && run.deployment_id !== deployment) return false
  if (state === 'LATE' && run.state?.name !== 'Late') return false
  if (state !== '' && state !== 'LATE' && run.state?.type !== state) return false
  const said = [run.name, run.id, ...run.tags].join('\n').toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => said.includes(word))
}
