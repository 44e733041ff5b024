// Explaining: what a trigger made of an event, as a finding that names the first thing which decided. What the evaluator decides it is
// asked, never guessed: clauses are tried one by one by the functions that match whole triggers, fates come from its own decisions.
import type { Automation } from './automation.ts'
import type { Bucket, Window } from './bucket.ts'
import { type CompiledTrigger, compileSpecification } from './compiled-trigger.ts'
import type { ChildFiring } from './composite.ts'
import type { Fate } from './evaluate.ts'
import type { Event, RelatedResource, Resource } from './event.ts'
import type { Decided } from './fold.ts'
import { coversRelated, isEvaluated, isInterestedInName, meets, NEVER_EVALUATED } from './match.ts'
import { isMeasured } from './measurement.ts'
import { waitsUntil } from './ordering.ts'
import { formatInstant, type Micros, parseInstant } from './time.ts'
import type { EventTrigger, MetricTrigger, ResourceSpecification, Trigger } from './trigger.ts'

/** A window as it was when the event had been dealt with; `count` of `threshold`. */
export interface WindowSeen {
  start: string
  /** Null: it has none, as with `within` 0. */
  end: string | null
  count: number
  threshold: number
}

/** What a composite had when a child's firing came to it. */
export interface CompositeSeen {
  path: string
  kind: 'compound' | 'sequence'
  isComplete: boolean
  required: number
  /** Paths of the children that had fired and were kept, and of those that had not. */
  fired: string[]
  missing: string[]
}

/** One reason. The first fields of each are what decided. */
export type Finding =
  | { verdict: 'unevaluated'; by: 'name' | 'actions-off' }
  | { verdict: 'paused' }
  | { verdict: 'before-made'; made: string; received: string }
  | { verdict: 'name'; name: string; expected: string[] }
  | { verdict: 'label'; label: string; patterns: string[]; value: string | null }
  | { verdict: 'related'; wanted: ResourceSpecification; closest: Closest | null }
  | { verdict: 'unmeasured'; metric: string }
  | { verdict: 'held'; follows: string; until: string }
  | {
      verdict: Fate
      posture: CompiledTrigger['posture']
      labels: Record<string, string>
      occurred: string
      /** Before and after the event; null: none was open. */
      before: WindowSeen | null
      after: WindowSeen | null
      needs_after: string[]
      composites: CompositeSeen[]
    }

/** The related resource that meets most of what is wanted, and the first label in which it does not. */
export interface Closest {
  id: string
  label: string
  patterns: string[]
  value: string | null
}

/** `recorded`: a stored fact says so; `recomputed`: the evaluator was asked again. */
export type ExplanationSource = 'recorded' | 'recomputed'

export interface TriggerExplanation {
  /** Dotted child indexes from the root; '' for the root. */
  path: string
  verdict: Finding['verdict'] | 'unknown'
  text: string
  source: ExplanationSource
  /** What the sentence is made of; null when too much came to be read again. */
  finding: Finding | null
}

export interface ExplainedFiring {
  id: string
  triggered: string
  source: ExplanationSource
  /** The event that tells of it, once it was acted on. */
  told_event_id: string | null
}

export interface Explanation {
  event_id: string
  automation_id: string
  automation_name: string
  /** `fired`, or the verdict of the trigger that came nearest to it. */
  verdict: TriggerExplanation['verdict']
  text: string
  source: ExplanationSource
  triggers: TriggerExplanation[]
  /** Firings of the whole automation that the event completed. */
  firings: ExplainedFiring[]
}

/**
 * Why a trigger does not care about an event, by the first clause that fails, in the order in which they are asked: name, labels, related
 * resources. Null: it does care.
 */
export function objection(
  automation: Pick<Automation, 'created' | 'enabled' | 'trigger'>,
  trigger: CompiledTrigger,
  event: Event,
): Finding | null {
  const { event: name, received } = event
  if (!isEvaluated(event)) {
    return { verdict: 'unevaluated', by: name === NEVER_EVALUATED ? 'name' : 'actions-off' }
  }
  if (!automation.enabled) return { verdict: 'paused' }
  if (received < automation.created) {
    return { verdict: 'before-made', made: automation.created, received }
  }
  const written = triggerAt(automation.trigger, trigger.path)
  if (!isInterestedInName(trigger, name)) {
    const expected = trigger.names.listed.map((_, i) => namesOf(written)[i] ?? '*')
    return { verdict: 'name', name, expected }
  }
  return (
    labelObjection(written.match, event.resource) ??
    relatedObjection(written.match_related, event.related) ??
    (trigger.metric && !isMeasured(trigger.metric.name, event)
      ? { verdict: 'unmeasured', metric: trigger.metric.name }
      : null)
  )
}

/** The event or metric trigger at a path, as it was written. */
export function triggerAt(root: Trigger, path: string): EventTrigger | MetricTrigger {
  const places = path === '' ? [] : path.split('.')
  const found = places.reduce<Trigger | undefined>(
    (trigger, place) =>
      trigger && 'triggers' in trigger ? trigger.triggers[Number(place)] : undefined,
    root,
  )
  if (!found || 'triggers' in found) throw new Error(`no event trigger at ${JSON.stringify(path)}`)
  return found
}

const METRIC_NAMES = ['prefect.flow-run.*']

const namesOf = (trigger: EventTrigger | MetricTrigger): string[] => {
  if (trigger.type === 'metric') return METRIC_NAMES
  return trigger.expect.length === 0 ? ['*'] : [...trigger.expect, ...trigger.after]
}

function labelObjection(match: ResourceSpecification, resource: Resource): Finding | null {
  const failed = firstFailing(match, resource)
  return failed && { verdict: 'label', ...failed }
}

function relatedObjection(
  wanted: ResourceSpecification | ResourceSpecification[],
  related: RelatedResource[],
): Finding | null {
  for (const specification of [wanted].flat()) {
    const compiled = compileSpecification(specification)
    if (compiled.length === 0 || coversRelated([compiled], { related })) continue
    return { verdict: 'related', wanted: specification, closest: closestOf(specification, related) }
  }
  return null
}

function closestOf(wanted: ResourceSpecification, related: RelatedResource[]): Closest | null {
  const metBy = (resource: RelatedResource) =>
    Object.entries(wanted).filter(([label, patterns]) => isMet({ [label]: patterns }, resource))
  const [best] = related.toSorted((a, b) => metBy(b).length - metBy(a).length)
  const failed = best && firstFailing(wanted, best)
  return failed ? { id: best['prefect.resource.id'] ?? '', ...failed } : null
}

function firstFailing(wanted: ResourceSpecification, resource: Resource) {
  for (const [label, patterns] of Object.entries(wanted)) {
    if (isMet({ [label]: patterns }, resource)) continue
    const value = Object.hasOwn(resource, label) ? (resource[label] ?? null) : null
    return { label, patterns: [patterns].flat(), value }
  }
  return null
}

const isMet = (specification: ResourceSpecification, resource: Resource): boolean =>
  meets(resource, compileSpecification(specification))

/** An event that waits for the one it follows. */
export const heldFinding = (event: Event): Finding => ({
  verdict: 'held',
  follows: event.follows ?? '',
  until: formatInstant(waitsUntil(event)),
})

/** What the evaluator decided about an event. */
export function decidedFinding(
  { arrival: { trigger }, before, bucket, fate, reached, firings }: Decided,
  event: Event,
  written: EventTrigger | MetricTrigger,
): Finding {
  return {
    verdict: fate,
    posture: trigger.posture,
    labels: firings[0]?.labels ?? {},
    occurred: event.occurred,
    before: windowSeen(trigger, before),
    after: windowSeen(trigger, bucket),
    needs_after: written.type === 'event' ? written.after : [],
    composites: reached.map(({ composite, state, isComplete }) => {
      const fired = (state?.stored ?? []).map(({ path }: ChildFiring) => path)
      return {
        path: composite.path,
        kind: composite.kind,
        isComplete,
        required: composite.required,
        fired,
        missing: composite.children.filter((path) => !fired.includes(path)),
      }
    }),
  }
}

function windowSeen(trigger: CompiledTrigger, bucket: Bucket | null): WindowSeen | null {
  const window: Window | null = bucket?.window ?? null
  if (!window) return null
  const { start, end, count } = window
  return {
    start: formatInstant(start),
    end: trigger.within === 0 ? null : formatInstant(end),
    count: Math.max(0, count),
    threshold: trigger.threshold,
  }
}

/** How much a late event came before its window, in microseconds. */
export const lateBy = ({
  occurred,
  before,
}: {
  occurred: string
  before: WindowSeen | null
}): Micros => Math.max(0, (parseInstant(before?.start ?? '') ?? 0) - (parseInstant(occurred) ?? 0))
