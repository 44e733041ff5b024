// What an automation waits for, though no event is asked about: each open bucket, what is missing there and until when. For a silence
// that has made no event this is the whole answer. Read from what triggers have stored; nothing is recomputed.
import type { Automation } from './automation.ts'
import type { Bucket, Window } from './bucket.ts'
import {
  type CompiledAutomation,
  type CompiledComposite,
  type CompiledTrigger,
  compileAutomation,
} from './compiled-trigger.ts'
import type { CompositeState } from './composite.ts'
import { triggerAt } from './explain.ts'
import { code, labelsText, list, time } from './explain-text.ts'
import { bucketKeyOf } from './fold.ts'
import { labelsOf } from './match.ts'
import { metricValue, nextTurnAt } from './metric.ts'
import { formatInstant, type Micros } from './time.ts'

/** One thing that is being waited for. */
export interface Wait {
  /** Dotted child indexes from the root; '' for the root. */
  path: string
  /** The values that are counted apart. */
  labels: Record<string, string>
  count: number
  /** Events, or with a composite children. */
  needed: number
  since: string | null
  /** When it ends, or fires for want of events; null: it waits without end. */
  until: string | null
  text: string
}

/** The answer to what an automation waits for; texts are for reading, and may change. */
export interface AutomationExplanation {
  automation_id: string
  automation_name: string
  text: string
  /** Those that end first come first. */
  waits: Wait[]
  /** False when there are more buckets than are told of. */
  is_whole: boolean
}

/** What is stored by key, as far as it is of the automation as it is now. */
export type StoredState = ReadonlyMap<string, unknown>

/** Buckets that are told of: those of a `for_each` may be a million. */
const WAITS_MAX = 100

/** All that is stored of the automation's triggers as they are now, but no more than WAITS_MAX. */
export function explainWaits(
  automation: Automation,
  stored: StoredState,
  now: Micros,
): AutomationExplanation {
  const compiled = compileAutomation(automation)
  const all = [
    ...compiled.composites.flatMap((one) => compositeWait(one, stored, now)),
    ...compiled.triggers.flatMap((one) => triggerWaits(automation, one, stored, now)),
  ].sort((a, b) => (a.until ?? '~').localeCompare(b.until ?? '~'))
  const waits = all.slice(0, WAITS_MAX)
  return {
    automation_id: automation.id,
    automation_name: automation.name,
    text: textOf(automation, compiled, waits),
    waits,
    is_whole: waits.length === all.length,
  }
}

function textOf(
  automation: Automation,
  { triggers }: CompiledAutomation,
  waits: readonly Wait[],
): string {
  if (!automation.enabled) return 'The automation is paused: nothing is counted.'
  if (waits.length > 0) return waits.map(({ text }) => text).join(' ')
  return triggers.map((trigger) => idleText(automation, trigger)).join(' ')
}

/** What begins a count, where none has begun. */
function idleText(automation: Automation, trigger: CompiledTrigger): string {
  const which = trigger.path === '' ? 'It' : `Child ${trigger.path}`
  const { after, expect } = namesOf(automation, trigger)
  if (trigger.metric) return `${which} has measured nothing yet.`
  if (after.length > 0) return `${which} waits for ${list(after)}, which begins a count.`
  return `${which} waits for ${expect}.`
}

function namesOf(automation: Automation, { path }: CompiledTrigger) {
  const written = triggerAt(automation.trigger, path)
  if (written.type === 'metric') return { after: [], expect: code('prefect.flow-run.*') }
  const expect = written.expect.length === 0 ? 'any event' : list(written.expect)
  return { after: written.after, expect }
}

function triggerWaits(
  automation: Automation,
  trigger: CompiledTrigger,
  stored: StoredState,
  now: Micros,
): Wait[] {
  const prefix = bucketKeyOf(trigger, '')
  return [...stored].flatMap(([key, value]): Wait[] => {
    if (!key.startsWith(prefix)) return []
    const bucket = value as Bucket
    const labels = labelsOf(trigger.forEach, bucket.key)
    if (trigger.metric) return metricWait(trigger, bucket, labels)
    const { window } = bucket
    const isOver = trigger.posture === 'Reactive' && trigger.within > 0
    if (!window || (isOver && window.end <= now)) return satisfiedWait(trigger, bucket, labels, now)
    const { expect } = namesOf(automation, trigger)
    const count = Math.max(0, window.count)
    const isEndless = trigger.within === 0 && trigger.posture === 'Reactive'
    return [
      {
        path: trigger.path,
        labels,
        count,
        needed: trigger.threshold,
        since: formatInstant(window.start),
        until: isEndless ? null : formatInstant(window.end),
        text: `${named(trigger, labels)} ${windowText(trigger, window, { expect, now, isEndless })}`,
      },
    ]
  })
}

const named = ({ path }: { path: string }, labels: Record<string, string>): string =>
  `${path === '' ? 'The trigger' : `Child ${path}`}${labelsText(labels)}`

function windowText(
  { posture, threshold }: CompiledTrigger,
  window: Window,
  { expect, now, isEndless }: { expect: string; now: Micros; isEndless: boolean },
): string {
  const count = Math.max(0, window.count)
  const [start, end] = [time(formatInstant(window.start)), time(formatInstant(window.end))]
  const missing = threshold - count
  const more = `${missing} more ${missing === 1 ? 'event' : 'events'} (${expect})`
  if (posture === 'Proactive') {
    if (count >= threshold)
      return `has seen ${count} of ${threshold}: nothing is missing until ${end}.`
    if (window.end <= now) return `saw ${count} of ${threshold} by ${end}, and is about to fire.`
    return `has seen ${count} of ${threshold} since ${start}; it fires at ${end} unless ${more} ${missing === 1 ? 'comes' : 'come'}.`
  }
  if (window.start > now && count === 0)
    return `has fired and rests; it counts again from ${start}.`
  if (isEndless) return `has counted ${count} of ${threshold} and waits for ${more}, without end.`
  return `has counted ${count} of ${threshold} since ${start}; ${more} must come by ${end}.`
}

/** A silence that was broken in time: the next one begins to be watched when this would have ended. */
function satisfiedWait(
  trigger: CompiledTrigger,
  { dueAt, window }: Bucket,
  labels: Record<string, string>,
  now: Micros,
): Wait[] {
  if (window || trigger.posture !== 'Proactive' || dueAt === null || dueAt < now) return []
  const until = formatInstant(dueAt)
  const text = `${named(trigger, labels)} watches nothing until ${time(until)}; then the next silence begins to count.`
  return [
    { path: trigger.path, labels, count: 0, needed: trigger.threshold, since: null, until, text },
  ]
}

function metricWait(
  trigger: CompiledTrigger,
  { metric: state }: Bucket,
  labels: Record<string, string>,
): Wait[] {
  const { path, metric, threshold: needed } = trigger
  if (!metric || !state) return []
  const turnAt = nextTurnAt(metric, state)
  const until = turnAt === null ? null : formatInstant(turnAt)
  const value = metricValue(metric, state)
  const is = value === null ? 'has measured nothing in its range' : `is ${Number(value.toFixed(3))}`
  const next = state.isBreached ? 'resolves' : 'fires'
  const text = `${code(metric.name)} ${is}, ${state.isBreached ? 'beyond' : 'within'} its threshold; ${until === null ? `without another measurement nothing ${next}` : `it ${next} at ${time(until)}`}.`
  return [{ path, labels, count: 0, needed, since: null, until, text }]
}

function compositeWait(composite: CompiledComposite, stored: StoredState, now: Micros): Wait[] {
  const state = stored.get(bucketKeyOf(composite, '')) as CompositeState | undefined
  const { path, kind, within, required } = composite
  const kept = (state?.stored ?? []).filter(
    ({ firedAt }) => within === null || firedAt + within >= now,
  )
  if (kept.length === 0) return []
  const missing = composite.children.filter((child) => !kept.some((one) => one.path === child))
  const first = Math.min(...kept.map(({ firedAt }) => firedAt))
  const until = within === null ? null : formatInstant(first + within)
  const children = `${missing.length === 1 ? 'child' : 'children'} ${missing.join(', ')}`
  const ends =
    until === null
      ? 'without end'
      : `until ${time(until)}, when it forgets child ${kept.find(({ firedAt }) => firedAt === first)?.path}`
  const text = `${path === '' ? `The ${kind}` : `The ${kind} at ${path}`} has ${kept.length} of ${required} and waits for ${children}, ${ends}.`
  return [
    {
      path,
      labels: {},
      count: kept.length,
      needed: required,
      since: formatInstant(first),
      until,
      text,
    },
  ]
}
