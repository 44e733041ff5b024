// Deployment triggers: an automation whose one action runs the deployment it belongs to. Plain
// functions that return plain data with protocol keys, so a trigger moves between code, YAML and
// REST by copy.
import type {
  CompoundTrigger,
  EventTrigger,
  MetricName,
  MetricOperator,
  MetricTrigger,
  Posture,
  ResourceSpecification,
  SequenceTrigger,
} from '../core/trigger.ts'
import { type Duration, secondsOf } from './duration.ts'

/** Event names: a list, a set, or one alone. A trailing `*` stands for anything. */
export type EventNames = string | Iterable<string>

/** What to wait for: the part of a trigger that says nothing of a deployment. */
export interface EventMatch {
  type?: 'event'
  /** Labels of the event's resource, each against patterns. */
  match?: ResourceSpecification
  /** Labels that some related resource must have; of a list, each. */
  match_related?: ResourceSpecification | ResourceSpecification[]
  /** Events that must come first. */
  after?: EventNames
  /** Events to react to, or (Proactive) to miss. @default any */
  expect?: EventNames
  /** Labels whose values are counted apart, as `prefect.resource.id`. */
  for_each?: Iterable<string>
  /** @default 'Reactive' */
  posture?: Posture
  /** @default 1 */
  threshold?: number
  /** @default 0, or 10 seconds when Proactive */
  within?: Duration
}

/** What to measure, of which flow runs. */
export interface MetricMatch {
  type: 'metric'
  /** Labels of the runs. @default all */
  match?: ResourceSpecification
  /** Labels that some related resource must have; of a list, each. */
  match_related?: ResourceSpecification | ResourceSpecification[]
  metric: MetricOptions
}

export interface MetricOptions {
  /** The share of runs that did not fail, how long runs take, or how long they are late. */
  name: MetricName
  operator: MetricOperator
  /** Between 0 and 1 for successes, else seconds. */
  threshold: number
  /** How far to look back. @default 5 minutes */
  range?: Duration
  /** How long the value must breach before it fires, or not breach before it resolves. @default 5 minutes */
  firing_for?: Duration
}

export interface CompoundMatch {
  type: 'compound'
  triggers: TriggerMatch[]
  /** @default 'all' */
  require?: 'all' | 'any' | number
  /** @default without end */
  within?: Duration | null
}

export interface SequenceMatch {
  type: 'sequence'
  triggers: TriggerMatch[]
  within?: Duration | null
}

export type TriggerMatch = EventMatch | MetricMatch | CompoundMatch | SequenceMatch

/** What becomes of a deployment when its trigger fires. */
export interface TriggeredRun {
  /** The automation's name. @default `<deployment>__automation_<n>` */
  name?: string
  description?: string
  enabled?: boolean
  /** Templates in texts are rendered: `"{{ event.payload.result }}"` alone keeps its type. */
  parameters?: Record<string, unknown>
  job_variables?: Record<string, unknown>
  /** How long after the firing the run starts. @default at once */
  schedule_after?: Duration
  /** Who is asked about the run while it waits. Ours, not Prefect's. @default nobody */
  review?: ReviewNotice
}

/** A notice with links to approve, postpone or cancel the run, each of which works once and needs no key. */
export interface ReviewNotice {
  /** The block that carries it: of type `webhook`, or one that notifies. */
  block_document_id: string
  /** A template, as `body` is; not for webhooks. @default the deployment, the run and when it is due */
  subject?: string
  /** Knows `flow_run`, `deployment` and `review` beside what parameters know. @default a text, or JSON for a webhook */
  body?: string | Record<string, unknown>
  /** How much longer the run waits when somebody postpones it: a minute to 31 days. @default 1 hour */
  postpone?: Duration
}

export type DeploymentTriggerDefinition = TriggerMatch & TriggeredRun

type Sent<T> = T extends unknown ? Omit<T, 'id' | 'triggers'> : never
/** A trigger as sent: no ids yet, every default filled in. */
export type TriggerBody =
  | Sent<EventTrigger>
  | Sent<MetricTrigger>
  | (Sent<CompoundTrigger> & { triggers: TriggerBody[] })
  | (Sent<SequenceTrigger> & { triggers: TriggerBody[] })

/** The body of POST /automations/. */
export interface AutomationBody {
  name: string
  description?: string
  enabled?: boolean
  tags?: string[]
  trigger: TriggerBody
  actions: ({ type: string } & Record<string, unknown>)[]
  actions_on_trigger?: ({ type: string } & Record<string, unknown>)[]
  actions_on_resolve?: ({ type: string } & Record<string, unknown>)[]
  owner_resource?: string
}

/**
 * Runs the deployment when events come, or (Proactive) fail to come. Prefect's
 * `DeploymentEventTrigger`.
 */
export const DeploymentEventTrigger = (
  options: Omit<EventMatch, 'type'> & TriggeredRun,
): DeploymentTriggerDefinition => ({ ...options, type: 'event' })

/** The name of `DeploymentEventTrigger` in Prefect 2, and in much that is written about it. */
export const DeploymentTrigger = DeploymentEventTrigger

/**
 * Runs the deployment when what flow runs did lately crosses a threshold, as when more of them fail
 * than should. Prefect's `DeploymentMetricTrigger`, which works in its Cloud alone.
 */
export const DeploymentMetricTrigger = (
  options: Omit<MetricMatch, 'type'> & TriggeredRun,
): DeploymentTriggerDefinition => ({ ...options, type: 'metric' })

/**
 * Runs the deployment when all, any or some of its triggers have fired, in any order. Prefect's
 * `DeploymentCompoundTrigger`.
 */
export const DeploymentCompoundTrigger = (
  options: Omit<CompoundMatch, 'type'> & TriggeredRun,
): DeploymentTriggerDefinition => ({ ...options, type: 'compound' })

/**
 * Runs the deployment when its triggers have fired one after the other. Prefect's
 * `DeploymentSequenceTrigger`.
 */
export const DeploymentSequenceTrigger = (
  options: Omit<SequenceMatch, 'type'> & TriggeredRun,
): DeploymentTriggerDefinition => ({ ...options, type: 'sequence' })

/**
 * The automation that stands for a deployment's trigger; `index` counts from 1 and names those
 * without a name.
 * @throws TypeError for a duration that is none, or is negative
 */
export function automationOf(
  trigger: DeploymentTriggerDefinition,
  deployment: { id: string; name: string },
  index: number,
): AutomationBody {
  return {
    name: trigger.name ?? `${deployment.name}__automation_${index}`,
    description: trigger.description ?? '',
    enabled: trigger.enabled ?? true,
    tags: [],
    trigger: triggerBody(trigger),
    actions: [
      {
        type: 'run-deployment',
        source: 'selected',
        deployment_id: deployment.id,
        parameters: trigger.parameters ?? null,
        job_variables: trigger.job_variables ?? null,
        schedule_after: secondsOf('schedule_after', trigger.schedule_after ?? 0),
        ...(trigger.review && { review: reviewBody(trigger.review) }),
      },
    ],
    actions_on_trigger: [],
    actions_on_resolve: [],
    owner_resource: ownerOf(deployment.id),
  }
}

/** As the server keeps it, so that a plan compares like with like. */
const reviewBody = ({ postpone, body, ...review }: ReviewNotice) => ({
  ...review,
  ...(body !== undefined && {
    body: typeof body === 'string' ? body : JSON.stringify(body, null, 2),
  }),
  ...(postpone !== undefined && { postpone: secondsOf('review.postpone', postpone) }),
})

/** The resource that owns a deployment's automations. */
export const ownerOf = (deploymentId: string) => `prefect.deployment.${deploymentId}`

/**
 * A trigger as it is sent, with every default of Prefect's client.
 * @throws TypeError for a duration that is none, or is negative
 */
export function triggerBody(trigger: TriggerMatch): TriggerBody {
  switch (trigger.type) {
    case 'compound': {
      const { type, require = 'all' } = trigger
      return {
        type,
        require,
        within: withinOf(trigger),
        triggers: trigger.triggers.map(triggerBody),
      }
    }
    case 'sequence': {
      const { type } = trigger
      return { type, within: withinOf(trigger), triggers: trigger.triggers.map(triggerBody) }
    }
    case 'metric':
      return metricTriggerBody(trigger)
    default:
      return eventTriggerBody(trigger)
  }
}

const METRIC_SECONDS = 300

function metricTriggerBody({ match, match_related, metric }: MetricMatch): Sent<MetricTrigger> {
  const { name, operator, threshold, range, firing_for } = metric
  return {
    type: 'metric',
    match: match ?? {},
    match_related: match_related ?? {},
    posture: 'Metric',
    metric: {
      name,
      operator,
      threshold,
      range: secondsOf('range', range ?? METRIC_SECONDS),
      firing_for: secondsOf('firing_for', firing_for ?? METRIC_SECONDS),
    },
  }
}

function eventTriggerBody(trigger: EventMatch): Sent<EventTrigger> {
  const posture = trigger.posture ?? 'Reactive'
  return {
    type: 'event',
    match: trigger.match ?? {},
    match_related: trigger.match_related ?? {},
    after: namesOf(trigger.after),
    expect: namesOf(trigger.expect),
    for_each: namesOf(trigger.for_each),
    posture,
    threshold: trigger.threshold ?? 1,
    within: secondsOf('within', trigger.within ?? (posture === 'Proactive' ? 10 : 0)),
  }
}

const withinOf = ({ within }: { within?: Duration | null }) =>
  within === undefined || within === null ? null : secondsOf('within', within)

const namesOf = (names: EventNames = []): string[] =>
  typeof names === 'string' ? [names] : [...names]
