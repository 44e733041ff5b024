// Backtest: an automation over stored events, beside the one that it would replace. The events are read through once, in parts; what is
// shown at the end is looked up then. Nothing is written and nothing carried out.
import type { Automation } from '../core/automation.ts'
import {
  type BacktestFiring,
  type BacktestProgress,
  type BacktestResult,
  type BacktestSample,
  createBacktest,
} from '../core/backtest.ts'
import { eventIdsOf, firingOf } from '../core/composite.ts'
import type { Deployment } from '../core/deployment.ts'
import type { Event } from '../core/event.ts'
import type { Services } from '../core/ports.ts'
import { deploymentMeant, rehearse } from '../core/rehearsal.ts'
import { formatInstant, type Micros, parseInstant } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { once } from './batch.ts'
import { templateObjects } from './template-objects.ts'

type Uses = Pick<
  Services,
  | 'feed'
  | 'events'
  | 'flows'
  | 'deployments'
  | 'runs'
  | 'workPools'
  | 'variables'
  | 'clock'
  | 'stopwatch'
>

export interface BacktestAsked {
  automation: Automation
  /** What is saved under its id now, if it is. */
  before: Automation | null
  since: Micros
  until: Micros
  /** Milliseconds after which it ends with what it has. */
  msMax: number
}

/** A line of the answer: how far it has come, then the result. */
export type BacktestLine = { progress: BacktestProgress } | { result: BacktestResult }

/** Events between two words of progress. */
const PROGRESS_EVENTS = 25_000

export const backtest = (services: Uses) =>
  async function* (workspace: Workspace, asked: BacktestAsked): AsyncGenerator<BacktestLine> {
    const { since, until, msMax } = asked
    const run = createBacktest(asked)
    const begun = services.stopwatch()
    const stored = services.feed.since(workspace, formatInstant(since))
    let incomplete: BacktestResult['incomplete'] = null
    let seen = 0
    let told = 0
    let reached = since
    for await (const events of inOrderOfArrival(stored)) {
      const due = events.filter(({ received }) => received < formatInstant(until))
      run.arrive(due)
      seen += due.length
      reached = parseInstant(due.at(-1)?.received ?? '') ?? reached
      if (seen - told >= PROGRESS_EVENTS) {
        told = seen
        const share = (reached - since) / Math.max(1, until - since)
        yield { progress: { events: seen, reached: formatInstant(reached), share } }
      }
      if (due.length < events.length) break
      if (run.isFull()) incomplete = 'memory'
      else if (services.stopwatch() - begun > msMax) incomplete = 'time'
      if (incomplete) break
    }
    run.pass(incomplete ? reached : until)
    const samples = await samplesOf(services, workspace, asked.automation, run.samples())
    yield { result: { ...run.tally(), samples, incomplete } }
  }

/** Events held back until as many came after them: segments of a stream's shards are only nearly in order. */
const REORDERING_EVENTS = 2_000

/** The events in the order in which they came, some thousands at a time. */
export async function* inOrderOfArrival(parts: AsyncIterable<Event[]>): AsyncGenerator<Event[]> {
  let ahead: Event[] = []
  for await (const part of parts) {
    ahead.push(...part)
    if (ahead.length < 2 * REORDERING_EVENTS) continue
    ahead.sort(byArrival)
    yield ahead.slice(0, -REORDERING_EVENTS)
    ahead = ahead.slice(-REORDERING_EVENTS)
  }
  yield ahead.sort(byArrival)
}

const byArrival = (a: Event, b: Event): number =>
  a.received < b.received ? -1 : a.received > b.received ? 1 : 0

async function samplesOf(
  services: Uses,
  workspace: Workspace,
  automation: Automation,
  firings: BacktestFiring[],
): Promise<BacktestSample[]> {
  const objects = templateObjects(services, workspace)
  const eventOf = once((id) => services.events.get(workspace, id))
  const deploymentOf = once(async (id) => (await services.deployments.get(workspace, id))?.value)

  async function sampleOf({ firing: child, event }: BacktestFiring): Promise<BacktestSample> {
    const known = new Map(event ? [[event.id, event]] : [])
    for (const id of eventIdsOf(child)) {
      const found = known.get(id) ?? (await eventOf(id))
      if (found) known.set(id, found)
    }
    const firing = firingOf(automation, child, known)
    const deployments = new Map<string, Deployment>()
    const texts: string[] = []
    for (const action of allActions(automation)) {
      if (action.type !== 'run-deployment') continue
      texts.push(JSON.stringify(action.parameters ?? {}))
      const id = deploymentMeant(action, firing)
      const deployment = id === null ? undefined : await deploymentOf(id)
      if (deployment) deployments.set(deployment.id, deployment)
    }
    const actions = rehearse({
      automation,
      firing,
      deployments,
      named: await objects.named(texts, firing),
      variables: await objects.variables(),
      stopwatch: services.stopwatch,
    })
    return {
      triggered: firing.triggered,
      trigger_states: firing.trigger_states,
      labels: firing.triggering_labels,
      event: firing.triggering_event,
      actions,
    }
  }

  return Promise.all(firings.map(sampleOf))
}

const allActions = (automation: Automation) => [
  ...automation.actions,
  ...automation.actions_on_trigger,
  ...automation.actions_on_resolve,
]
