// Triggers: event, compound, sequence (metric follows). The shapes are Prefect's (server/events/schemas/automations.py) with
// every default filled in; durations are seconds, as on the wire.

export type Posture = 'Reactive' | 'Proactive'

/** Labels against patterns: every label must match; a list of patterns is an OR. */
export type ResourceSpecification = Record<string, string | string[]>

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

export interface CompoundTrigger {
  type: 'compound'
  id: string
  triggers: Trigger[]
  require: 'all' | 'any' | number
  /** Seconds between the first and the last child's firing; null: without end. */
  within: number | null
}

export interface SequenceTrigger {
  type: 'sequence'
  id: string
  triggers: Trigger[]
  within: number | null
}

export type CompositeTrigger = CompoundTrigger | SequenceTrigger
export type Trigger = EventTrigger | CompositeTrigger
