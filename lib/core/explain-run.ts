// Explaining a run: which event fired which automation, whose action made it, and what came of it in turn. Nothing is recomputed: events
// name what they came of, so the chain is there as long as they are kept; after that the run itself still says who made it.

import type { Event } from './event.ts'
import { code, labelsText, time } from './explain-text.ts'
import type { FlowRun } from './run.ts'

/** One thing that led to a run, happened to it, or came of it. */
export interface RunStep {
  kind: 'event' | 'firing' | 'action' | 'run' | 'state'
  /** The event that tells of it; null where the run itself does. */
  event_id: string | null
  at: string
  text: string
}

/** The answer to why there is such a run; texts are for reading, and may change. */
export interface RunExplanation {
  flow_run_id: string
  flow_run_name: string
  /** Why there is such a run, and how it is now. */
  text: string
  /** From the first event that is known to the run itself. */
  causes: RunStep[]
  states: RunStep[]
  /** What its states set off: firings, actions, other runs. */
  effects: RunStep[]
  /** False when the chain is longer than one answer tells. */
  is_whole: boolean
}

/** An event of a chain, and the one that it came of. */
export interface Linked {
  event: Event
  cause: string | null
}

const RUN = 'prefect.flow-run.'
/** What events of states say; heartbeats and what workers tell of a run do not. */
const STATE_TYPE = 'prefect.state-type'
const ACTION = 'prefect.automation.action.'
const BEGAN = `${ACTION}triggered`
const FIRED = 'prefect.automation.triggered'
const RESOLVED = 'prefect.automation.resolved'

/** `chain` in order of time, causes first; empty where no event is left. */
export function explainRun(
  run: FlowRun,
  { chain, isWhole }: { chain: readonly Linked[]; isWhole: boolean },
): RunExplanation {
  const own = chain.filter(({ event }) => idOf(event) === `${RUN}${run.id}`)
  const ownIds = new Set(own.map(({ event }) => event.id))
  const before = own[0] ? causesOf(own[0], chain) : []
  const after = chain.filter((one) => !ownIds.has(one.event.id) && cameOf(one, ownIds, chain))
  const causes = [...stepsOf(before, chain), madeStep(run, before.length > 0)]
  return {
    flow_run_id: run.id,
    flow_run_name: run.name,
    text: [...causes.map(({ text }) => text), stateText(run)].join(' '),
    causes,
    states: own
      .filter(({ event }) => STATE_TYPE in event.resource)
      .map(({ event }) => stateStep(event)),
    effects: stepsOf(after, chain),
    is_whole: isWhole,
  }
}

const idOf = ({ resource }: Event): string => resource['prefect.resource.id'] ?? ''

const nameOf = ({ resource }: Event): string => resource['prefect.resource.name'] ?? ''

/** What an event came of, the first cause first. Senders choose what they name, in a circle if they like. */
function causesOf(of: Linked, chain: readonly Linked[]): Linked[] {
  const causes: Linked[] = []
  for (let at: Linked | undefined = of; at?.cause != null; ) {
    const { cause }: Linked = at
    at = chain.find(({ event }) => event.id === cause)
    if (!at || causes.includes(at) || at === of) break
    causes.unshift(at)
  }
  return causes
}

const cameOf = (one: Linked, ids: ReadonlySet<string>, chain: readonly Linked[]): boolean =>
  causesOf(one, chain).some(({ event }) => ids.has(event.id))

/** An action is told of once, by its end if that is known, and another run too: by its first event. */
function stepsOf(links: readonly Linked[], chain: readonly Linked[]): RunStep[] {
  const told = chain.map(({ event }) => event)
  const runs = new Set<string>()
  return links.flatMap(({ event }, place): RunStep[] => {
    const { event: name, follows } = event
    if (name === FIRED || name === RESOLVED) return [step('firing', event, firingText(event, told))]
    if (name === BEGAN) {
      const end = told.find((one) => one.follows === event.id && one.event.startsWith(ACTION))
      return [step('action', event, actionText(end ?? event, event.occurred))]
    }
    if (name.startsWith(ACTION)) {
      const isTold = told.some(({ id }) => id === follows)
      return isTold ? [] : [step('action', event, actionText(event, event.occurred))]
    }
    if (!name.startsWith(RUN) || place === 0) return [step('event', event, eventText(event))]
    if (runs.has(idOf(event))) return []
    runs.add(idOf(event))
    return [step('run', event, `Run ${code(nameOf(event))} was made.`)]
  })
}

const step = (kind: RunStep['kind'], { id, occurred }: Event, text: string): RunStep => ({
  kind,
  event_id: id,
  at: occurred,
  text,
})

const eventText = (event: Event): string =>
  `Event ${code(event.event)} of ${code(nameOf(event) || idOf(event))} occurred at ${time(event.occurred)}.`

function firingText(event: Event, told: readonly Event[]): string {
  const labels = event.payload.triggering_labels
  const whose = labelsText(
    typeof labels === 'object' && labels !== null ? (labels as Record<string, string>) : {},
  )
  const what = event.event === RESOLVED ? 'resolve' : 'fire'
  const trigger = event.related.find((one) => one['prefect.resource.role'] === 'triggering-event')
  const id = trigger?.['prefect.resource.id']?.slice('prefect.event.'.length)
  const cause = told.find((one) => one.id === id)
  const automation = `automation ${code(nameOf(event))} ${what}${whose}, at ${time(event.occurred)}`
  if (!id) return `Time alone made ${automation}.`
  return `${cause ? code(cause.event) : `Event ${id}`} made ${automation}.`
}

function actionText({ event, payload, resource }: Event, beganAt: string): string {
  const { action_index: index, action_type: type, reason } = payload
  const which = `Action ${index} of ${code(resource['prefect.resource.name'] ?? '')}, ${code(String(type))},`
  switch (event) {
    case `${ACTION}executed`:
      return `${which} was carried out at ${time(beganAt)}.`
    case `${ACTION}failed`:
      return `${which} failed at ${time(beganAt)}: ${reason ?? 'no reason is known'}.`
    default:
      return `${which} began at ${time(beganAt)}.`
  }
}

const stateStep = (event: Event): RunStep =>
  step('state', event, `It became ${event.event.slice(RUN.length)} at ${time(event.occurred)}.`)

/** Who made the run, as it says itself. Only where no event tells of it is an automation named again. */
function madeStep(run: FlowRun, isTold: boolean): RunStep {
  const { created_by: by, expected_start_time: start, created, parent_task_run_id: parent } = run
  const begins = start && start > created ? `, to start at ${time(start)}` : ''
  const name = by?.display_value ? ` ${code(by.display_value)}` : ''
  const makers: Record<string, string> = {
    AUTOMATION: isTold ? 'that' : `automation${name}, of whose firing no event is left`,
    SCHEDULE: `its deployment’s schedule${name}`,
  }
  const maker = parent
    ? `task run ${parent} of another run`
    : (makers[by?.type ?? ''] ?? `a call of the API${name && `, by${name}`}`)
  return {
    kind: 'run',
    event_id: null,
    at: created,
    text: `Run ${code(run.name)} was made by ${maker}, at ${time(created)}${begins}.`,
  }
}

function stateText({ state }: FlowRun): string {
  if (!state) return 'It has no state.'
  const { name, timestamp, message } = state
  return `It is ${name} since ${time(timestamp)}${message ? `: ${message}` : '.'}`
}
