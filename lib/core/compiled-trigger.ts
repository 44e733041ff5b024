// Triggers as they are evaluated: patterns parsed once, durations in microseconds, children flattened and named by their path, and a hash
// that is the same for the same text.
import { createHash } from 'node:crypto'
import { compareCodePoints } from './code-points.ts'
import { type Glob, type Pattern, parseGlob, parsePattern } from './glob.ts'
import { MICROS_PER_SECOND, type Micros } from './time.ts'
import type {
  CompositeTrigger,
  EventTrigger,
  MetricQuery,
  MetricTrigger,
  Posture,
  ResourceSpecification,
  Trigger,
} from './trigger.ts'

/** An event or metric trigger ready for matching and evaluating. */
export interface CompiledTrigger {
  automationId: string
  /** Dotted child indexes from the automation's root trigger; '' for the root. */
  path: string
  /** Of the trigger's text without its id: an unchanged trigger keeps its buckets, a changed one starts anew. */
  hash: string
  posture: Posture | 'Metric'
  threshold: number
  within: Micros
  /** Null for event triggers. With a metric no event is expected: what is measured of them counts (metric.ts). */
  metric: CompiledMetric | null
  /** False: every expected event fires by itself, and nothing need be read or kept. */
  hasMemory: boolean
  hasAfter: boolean
  names: CompiledNames
  match: CompiledSpecification
  /** Each must be met by some related resource. None is empty. */
  matchRelated: CompiledSpecification[]
  /** Distinct, in code-point order. */
  forEach: ForEach[]
}

/** What is asked of a metric, its times in microseconds. */
export interface CompiledMetric extends Pick<MetricQuery, 'name' | 'operator' | 'threshold'> {
  range: Micros
  firingFor: Micros
}

/** Which names a trigger takes, in the forms that the questions about them need. */
export interface CompiledNames {
  /** Any of them takes an event in, before `expect` and `after` are asked apart. */
  listed: ListedName[]
  expect: Pattern[]
  after: Pattern[]
}

/** A name as `isInterestedInName` reads it: as a glob without negation, and cut at its stars. */
export interface ListedName {
  glob: Glob
  /** Null for plain names and those whose one star is at the end: the glob says it all. */
  pieces: string[] | null
}

/** Every label must match, by any one of its patterns. */
export type CompiledSpecification = { label: string; patterns: Pattern[] }[]

/** One label whose values have buckets of their own; `related` when it is read from a related resource. */
export interface ForEach {
  label: string
  related: { role: string; label: string } | null
}

/** A compound or sequence trigger, which remembers its children's firings. */
export interface CompiledComposite {
  automationId: string
  path: string
  hash: string
  kind: 'compound' | 'sequence'
  /** Distinct children that must have fired. */
  required: number
  /** Paths of the children, in order. */
  children: string[]
  within: Micros | null
}

/** All of an automation that evaluating needs; what it does when it fires is not among it. */
export interface CompiledAutomation {
  id: string
  /** The event and metric triggers among the root and its descendants, in order. */
  triggers: CompiledTrigger[]
  /** The composite triggers, parents before children. */
  composites: CompiledComposite[]
}

/** Prepare an automation's triggers for evaluation. Takes any trigger whose schema held; never throws. */
export function compileAutomation({
  id,
  trigger,
}: {
  id: string
  trigger: Trigger
}): CompiledAutomation {
  const compiled: CompiledAutomation = { id, triggers: [], composites: [] }
  addTrigger(compiled, trigger, '')
  return compiled
}

function addTrigger(to: CompiledAutomation, trigger: Trigger, path: string): void {
  if (trigger.type === 'event') {
    to.triggers.push(compileTrigger(to.id, trigger, path))
    return
  }
  if (trigger.type === 'metric') {
    to.triggers.push(compileMetricTrigger(to.id, trigger, path))
    return
  }
  const children = trigger.triggers.map((_, i) => (path === '' ? `${i}` : `${path}.${i}`))
  to.composites.push({
    automationId: to.id,
    path,
    hash: hashOf(trigger),
    kind: trigger.type,
    required: requiredOf(trigger),
    children,
    within: trigger.within === null ? null : toMicros(trigger.within),
  })
  trigger.triggers.forEach((child, i) => {
    addTrigger(to, child, children[i] ?? '')
  })
}

function requiredOf(trigger: CompositeTrigger): number {
  if (trigger.type === 'sequence' || trigger.require === 'all') return trigger.triggers.length
  return trigger.require === 'any' ? 1 : trigger.require
}

function compileTrigger(automationId: string, trigger: EventTrigger, path: string) {
  const { posture, threshold, expect, after } = trigger
  const isImmediate = posture === 'Reactive' && trigger.within === 0
  const compiled: CompiledTrigger = {
    automationId,
    path,
    hash: hashOf(trigger),
    posture,
    threshold,
    within: toMicros(trigger.within),
    metric: null,
    hasMemory: !isImmediate || threshold > 1 || after.length > 0,
    hasAfter: after.length > 0,
    names: compileNames(expect, after),
    ...compileMatches(trigger),
    forEach: distinct(trigger.for_each).map(compileForEach),
  }
  return compiled
}

/** What metrics are made of: the events of flow runs' states. */
const METRIC_EVENTS = ['prefect.flow-run.*']

function compileMetricTrigger(automationId: string, trigger: MetricTrigger, path: string) {
  const { name, operator, threshold, range, firing_for } = trigger.metric
  const compiled: CompiledTrigger = {
    automationId,
    path,
    hash: hashOf(trigger),
    posture: 'Metric',
    threshold: 1,
    within: 0,
    metric: {
      name,
      operator,
      threshold,
      range: toMicros(range),
      firingFor: toMicros(firing_for),
    },
    hasMemory: true,
    hasAfter: false,
    names: compileNames(METRIC_EVENTS, []),
    ...compileMatches(trigger),
    forEach: [],
  }
  return compiled
}

const compileMatches = ({
  match,
  match_related: related,
}: Pick<EventTrigger, 'match' | 'match_related'>) => ({
  match: compileSpecification(match),
  matchRelated: [related]
    .flat()
    .map(compileSpecification)
    .filter(({ length }) => length > 0),
})

/** An empty `expect` takes every event, whatever `after` says. */
function compileNames(expect: string[], after: string[]): CompiledNames {
  const expected = expect.length === 0 ? ['*'] : expect
  const listed = expect.length === 0 ? ['*'] : [...expect, ...after]
  return {
    listed: listed.map(compileName),
    expect: expected.map(parsePattern),
    after: after.map(parsePattern),
  }
}

function compileName(name: string): ListedName {
  const glob = parseGlob(name)
  const isSimple = glob.kind === 'exact' || name.indexOf('*') === name.length - 1
  return { glob, pieces: isSimple && glob.kind !== 'tokens' ? null : name.split('*') }
}

/** A specification ready for `meets`. */
export const compileSpecification = (specification: ResourceSpecification): CompiledSpecification =>
  Object.entries(specification).map(([label, patterns]) => ({
    label,
    patterns: [patterns].flat().map(parsePattern),
  }))

/**
 * `related:<role>:<label>` is cut at its last colon and its first: a role may hold colons, a label not (Prefect's
 * `Event.find_resource_label`). Anything else is a label of the primary resource, colons or not.
 */
function compileForEach(label: string): ForEach {
  const last = label.lastIndexOf(':')
  if (!label.startsWith('related:') || last < 'related:'.length) return { label, related: null }
  const role = label.slice('related:'.length, last)
  return { label, related: { role, label: label.slice(last + 1) } }
}

const toMicros = (seconds: number): Micros => Math.round(seconds * MICROS_PER_SECOND)

/** 128 bits of SHA-256 of the trigger's text: ids left out, sets and labels in one order. */
const hashOf = (trigger: Trigger): string =>
  createHash('sha256')
    .update(JSON.stringify(canonical(trigger)))
    .digest('hex')
    .slice(0, 32)

function canonical(trigger: Trigger): unknown {
  if ('triggers' in trigger) {
    const require = trigger.type === 'compound' ? trigger.require : null
    return [trigger.type, trigger.within, require, trigger.triggers.map(canonical)]
  }
  const { match, match_related } = trigger
  const related = Array.isArray(match_related) ? match_related.map(sorted) : sorted(match_related)
  if (trigger.type === 'metric') {
    const { name, operator, threshold, range, firing_for } = trigger.metric
    return [trigger.type, name, operator, threshold, range, firing_for, sorted(match), related]
  }
  const { type, posture, threshold, within, expect, after, for_each } = trigger
  const sets = [distinct(expect), distinct(after), distinct(for_each)]
  return [type, posture, threshold, within, sets, sorted(match), related]
}

const sorted = (specification: ResourceSpecification) =>
  Object.entries(specification).sort(([a], [b]) => compareCodePoints(a, b))

const distinct = (texts: string[]): string[] =>
  texts.length < 2 ? texts : [...new Set(texts)].sort(compareCodePoints)
