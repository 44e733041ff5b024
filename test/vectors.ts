// The public vectors of triggers, as events in the order in which they came and the firings that Prefect's evaluator gave.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Event } from '../lib/core/event.ts'
import { formatInstant, parseInstant } from '../lib/core/time.ts'

/** A firing in the vectors' form. */
export interface VectorFiring {
  triggered: string
  labels: Record<string, string>
  event: string | null
  path?: string
  children?: VectorFiring[]
}

export interface TriggerVector {
  name: string
  trigger: object
  steps: { at: string; event?: Partial<Event>; tick?: unknown }[]
  firings: VectorFiring[]
}

const FILE = join(import.meta.dirname, 'conformance/vectors/triggers-public.json')

export const triggerVectors = (): TriggerVector[] =>
  (JSON.parse(readFileSync(FILE, 'utf8')) as { cases: TriggerVector[] }).cases

/** Without ticks nothing but events decides. */
export const withoutTicks = ({ steps }: TriggerVector): boolean => !steps.some(({ tick }) => tick)

const canonical = (instant: string): string => formatInstant(parseInstant(instant) ?? Number.NaN)

/** The events of a vector, each received when it was delivered. */
export const eventsOf = ({ steps }: TriggerVector): Event[] =>
  steps.flatMap(({ at, event }) =>
    event
      ? [
          {
            related: [],
            payload: {},
            follows: null,
            ...event,
            occurred: canonical(event.occurred ?? at),
            received: canonical(event.received ?? at),
          } as unknown as Event,
        ]
      : [],
  )

/** Firings as texts in one order, for comparing. */
export const comparable = (firings: VectorFiring[]): string[] =>
  firings
    .map(({ triggered, labels, event, path, children = [] }) =>
      JSON.stringify({
        path,
        triggered: canonical(triggered),
        labels: Object.entries(labels).sort(),
        event,
        children: comparable(children),
      }),
    )
    .sort()
