// Loops at run time: automations whose doings set automations off. Two brakes, both of which cost nothing while nobody loops: how
// many firings led to this one, written on what a firing makes, and how often an automation fires on our own objects' events.
// docs/decisions/0007-loops.md says what each of them cannot see.
import type { Automation } from './automation.ts'
import type { Event, EventDraft, Resource } from './event.ts'
import type { Firing } from './firing.ts'
import { NAMESPACE, uuidv5 } from './ids.ts'
import type { FlowRun } from './run.ts'
import { MICROS_PER_SECOND, type Micros } from './time.ts'

/** Firings that may follow from one another. Beyond it automations are feeding each other: no pipeline has so many stages. */
export const CHAIN_FIRINGS_MAX = 20

/** A run that was asked to wait so long begins a new chain: a slow circle is a schedule, and somebody wanted it. */
export const CHAIN_BREAK_SECONDS = 60

/** On runs, and on the automation in events: how many firings led to it. Left out for one, so that ordinary events are Prefect's. */
export const CHAIN_LABEL = 'tripline.chain-depth'

/** What is written on an automation in the events of its firing. */
export const chainLabels = (depth: number): Resource =>
  depth === 1 ? {} : { [CHAIN_LABEL]: String(depth) }

/** What is written on a run that a firing makes. */
export function chainRunLabels(depth: number, waitSeconds: number): Record<string, unknown> {
  const onwards = waitSeconds >= CHAIN_BREAK_SECONDS ? 0 : depth
  return onwards === 1 ? {} : { [CHAIN_LABEL]: onwards }
}

/** How many firings led to a run. */
export function depthOfRun({ labels, created_by }: Pick<FlowRun, 'labels' | 'created_by'>): number {
  const label = labels[CHAIN_LABEL]
  if (typeof label === 'number') return label
  return created_by?.type === 'AUTOMATION' ? 1 : 0
}

/** How many firings led to an event; or the id of the run that tells, for what is emitted in a flow names its run alone. */
export function depthOfEvent(event: Event): { depth: number } | { runId: string } {
  if (FIRING_EVENT.test(event.event)) return { depth: labelled(event.resource) }
  const creator = event.related.find(
    (resource) =>
      resource['prefect.resource.role'] === 'creator' && idOf(resource).startsWith(AUTOMATION),
  )
  if (creator) return { depth: labelled(creator) }
  const run = [event.resource, ...event.related].map(idOf).find((id) => id.startsWith(FLOW_RUN))
  return run === undefined ? { depth: 0 } : { runId: run.slice(FLOW_RUN.length) }
}

/** What we tell of firings ourselves. No webhook may mint such an event, or an automation's id. */
const FIRING_EVENT = /^prefect\.automation\.(triggered|resolved|action\.)/
const AUTOMATION = 'prefect.automation.'
const FLOW_RUN = 'prefect.flow-run.'

const idOf = (resource: Resource): string => resource['prefect.resource.id'] ?? ''

const labelled = (resource: Resource): number => Number(resource[CHAIN_LABEL] ?? 1) || 0

/** Firings on our own objects' events that an automation has in hand. A pipeline's busiest hour fits in; a circle runs through it. */
export const BUDGET_FIRINGS = 3_000
/** How fast they come back: 432,000 a day. */
export const BUDGET_PER_SECOND = 5
/** Firings that a process counts before it asks the table: one write per so many firings, and none for most automations. */
export const BUDGET_SHARE = 250

/** What an automation has in hand, as of a moment. */
export interface Budget {
  firings: number
  at: Micros
}

/** The budget after a share was taken out, or null when there is not so much in it. */
export function takeShare(budget: Budget | null, now: Micros): Budget | null {
  const earned = budget ? ((now - budget.at) / MICROS_PER_SECOND) * BUDGET_PER_SECOND : 0
  const firings = budget ? Math.min(BUDGET_FIRINGS, budget.firings + earned) : BUDGET_FIRINGS
  return firings < BUDGET_SHARE ? null : { firings: firings - BUDGET_SHARE, at: now }
}

/** Actions that reach what may be our own door: a webhook's address, a bus whose entries become events. */
const LEADS_OUT = ['call-webhook', 'put-event']

/** When a budget is full again, and need not be kept. */
export const fullAt = ({ firings, at }: Budget): Micros =>
  at + Math.ceil((BUDGET_FIRINGS - firings) / BUDGET_PER_SECOND) * MICROS_PER_SECOND

/**
 * Whether a firing counts: its event is about our own objects, or the automation reaches outside, which may lead back to
 * us. A flood that senders cause is load, and no reason to stop.
 */
export function countsForBudget(
  automation: Automation,
  { triggering_event: event }: Firing,
): boolean {
  const actions = [
    ...automation.actions,
    ...automation.actions_on_trigger,
    ...automation.actions_on_resolve,
  ]
  if (actions.some(({ type }) => LEADS_OUT.includes(type))) return true
  const resources = event ? [event.resource, ...event.related] : []
  return resources.some((resource) => idOf(resource).startsWith('prefect.'))
}

/** `tripline.automation.paused`: why an automation was stopped. The same for every firing that finds it as it was. */
export function pausedEvent(
  automation: Automation,
  { firing, reason, occurred }: { firing: Firing; reason: string; occurred: string },
): EventDraft {
  const event = firing.triggering_event
  return {
    occurred,
    event: 'tripline.automation.paused',
    resource: {
      'prefect.resource.id': `${AUTOMATION}${automation.id}`,
      'prefect.resource.name': automation.name,
    },
    related: event
      ? [
          {
            'prefect.resource.id': `prefect.event.${event.id}`,
            'prefect.resource.role': 'triggering-event',
          },
        ]
      : [],
    payload: { reason },
    id: uuidv5(`${automation.id}/paused/${automation.updated}`, NAMESPACE.announcement),
    follows: null,
  }
}

/** Why an automation was paused, for whoever has to resume it: the first brake. */
export const tooDeep = (depth: number): string =>
  `Firing number ${depth} in a row of firings that followed from one another; at most ${CHAIN_FIRINGS_MAX} may: the automation sets ` +
  'itself off, directly or through others. Narrow its trigger down, then resume it.'

/** The same of the second brake. */
export const OUT_OF_BUDGET =
  `It fired more than ${BUDGET_FIRINGS} times, faster than ${BUDGET_PER_SECOND} times a second, on events of flow runs, deployments and other ` +
  'objects of this workspace: its actions may be what sets it off. Narrow its trigger down, then resume it.'
