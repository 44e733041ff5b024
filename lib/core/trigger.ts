// Triggers as declared: event, metric, compound, sequence. The shapes are Prefect's (server/events/schemas/automations.py) with
// every default filled in; durations are seconds, as on the wire. What is evaluated is their compiled form, compiled-trigger.ts.

/** Reactive fires when something happens, Proactive when it does not. */
export type Posture = 'Reactive' | 'Proactive'

/** Labels against patterns: every label must match; a list of patterns is an OR. */
export type ResourceSpecification = Record<string, string | string[]>

/** Fires on events, or on their absence; docs/MATCHING.md defines every field's meaning. */
export interface EventTrigger {
  type: 'event'
  id: string
  match: ResourceSpecification
  /** One specification, or several that must each be met by some related resource. */
  match_related: ResourceSpecification | ResourceSpecification[]
  after: string[]
  expect: string[]
  for_each: string[]
  posture: Posture
  threshold: number
  /** Seconds. 0: at once, or without end. */
  within: number
}

export const METRIC_NAMES = ['successes', 'duration', 'lateness'] as const
export const METRIC_OPERATORS = ['<', '<=', '>', '>='] as const

export type MetricName = (typeof METRIC_NAMES)[number]
export type MetricOperator = (typeof METRIC_OPERATORS)[number]

/** Fires when what flow runs did lately, taken together, crosses a threshold; docs/MATCHING.md defines the metrics. */
export interface MetricTrigger {
  type: 'metric'
  id: string
  match: ResourceSpecification
  match_related: ResourceSpecification | ResourceSpecification[]
  posture: 'Metric'
  metric: MetricQuery
}

/** What is measured, and which values are a breach. */
export interface MetricQuery {
  name: MetricName
  operator: MetricOperator
  /** A share between 0 and 1 for successes, seconds for the others. */
  threshold: number
  /** Seconds looked back. */
  range: number
  /** Seconds for which the value must breach, or must not, before that is believed. */
  firing_for: number
}

/** Fires when enough of its children have fired, in any order. */
export interface CompoundTrigger {
  type: 'compound'
  id: string
  triggers: Trigger[]
  require: 'all' | 'any' | number
  /** Seconds between the first and the last child's firing; null: without end. */
  within: number | null
}

/** Fires when all its children have fired, in their order. */
export interface SequenceTrigger {
  type: 'sequence'
  id: string
  triggers: Trigger[]
  within: number | null
}

export type CompositeTrigger = CompoundTrigger | SequenceTrigger
export type Trigger = EventTrigger | MetricTrigger | CompositeTrigger
