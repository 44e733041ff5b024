// Triggers as requests: what Prefect takes (server/events/schemas/automations.py), coerced and with every default filled in. Here
// and not in trigger.ts, because evaluating needs no schemas.
import { z } from 'zod'
import {
  duration,
  durationWithin,
  float,
  integer,
  lax,
  type Refuse,
  resourceSpecification,
  textSet,
  uuid,
  valueError,
} from './schema.ts'
import {
  type CompoundTrigger,
  type EventTrigger,
  METRIC_NAMES,
  METRIC_OPERATORS,
  type MetricTrigger,
  type SequenceTrigger,
  type Trigger,
} from './trigger.ts'

/** Seconds a proactive trigger must at least wait, and does when it does not say: Prefect looks every 5 s. */
const PROACTIVE_WITHIN_SECONDS_MIN = 10

/** A trigger as sent: it has no id of its own yet. */
export type TriggerDraft =
  | Omit<EventTrigger, 'id'>
  | Omit<MetricTrigger, 'id'>
  | (Omit<CompoundTrigger, 'id' | 'triggers'> & { triggers: TriggerDraft[] })
  | (Omit<SequenceTrigger, 'id' | 'triggers'> & { triggers: TriggerDraft[] })

/**
 * Seconds that a metric must at least look back, so that a slice is no shorter than a second. Prefect's client asks for 300, of
 * `firing_for` too, where its own documentation has 0: its server looks at a metric now and then, ours when the value changes.
 */
const METRIC_RANGE_SECONDS_MIN = 60

/** Seconds of a year. What a metric is to look back on, or wait for, longer than that is a matter of reports. */
const METRIC_SECONDS_MAX = 365 * 86_400

/** What Prefect's client sends for a metric trigger that does not say. */
const METRIC_SECONDS_DEFAULT = 300

/** Labels that buckets are told apart by. Their values are kept with every bucket and firing (match.ts says how much of them). */
export const FOR_EACH_LABELS_MAX = 50

/** Sent ids must be UUIDs but are never kept: two automations copied from one another must not share buckets. */
const id = uuid.optional()

/**
 * A specification or a list of them. Prefect reads each before it looks at the list: the faults of the first that has any are those of
 * `match_related`, without a place in the list.
 */
const matchRelated = z.preprocess(
  (value, context) => {
    for (const one of [value].flat()) {
      if (typeof one !== 'object' || one === null || Array.isArray(one)) continue
      const { error } = resourceSpecification.safeParse(one, { reportInput: true })
      if (!error) continue
      for (const issue of error.issues) context.addIssue({ ...issue })
      return z.NEVER
    }
    return value
  },
  z.union([resourceSpecification, z.array(resourceSpecification)]),
)

const matches = {
  match: resourceSpecification.default({}),
  match_related: matchRelated.default({}),
}

const eventTrigger = z.object({
  type: z.literal('event'),
  id,
  ...matches,
  after: textSet.default([]),
  expect: textSet.default([]),
  for_each: textSet
    .refine(({ length }) => length <= FOR_EACH_LABELS_MAX, {
      error: `Value error, for_each has at most ${FOR_EACH_LABELS_MAX} labels`,
    })
    .default([]),
  posture: z.enum(['Reactive', 'Proactive']),
  threshold: integer.default(1),
  within: durationWithin(z.number().min(0)).default(0),
})

const metricSeconds = (min: number) =>
  durationWithin(z.number().min(min).max(METRIC_SECONDS_MAX)).default(METRIC_SECONDS_DEFAULT)

const metricTrigger = z.object({
  type: z.literal('metric'),
  id,
  ...matches,
  posture: z.literal('Metric').default('Metric'),
  metric: z.object({
    name: z.enum(METRIC_NAMES),
    operator: z.enum(METRIC_OPERATORS),
    threshold: float,
    range: metricSeconds(METRIC_RANGE_SECONDS_MIN),
    firing_for: metricSeconds(0),
  }),
})

const triggers = z.array(z.lazy((): z.ZodType<TriggerDraft> => triggerSchema))

const compoundTrigger = z
  .object({
    type: z.literal('compound'),
    id,
    triggers,
    within: duration.nullable(),
    require: z.union([integer, z.enum(['any', 'all'])]),
  })
  .superRefine(({ require, triggers }, context) => {
    if (typeof require !== 'number') return
    if (require < 1) context.addIssue(valueError('require must be at least 1'))
    if (require > triggers.length) {
      context.addIssue(valueError('require must be at most the number of triggers'))
    }
  })

const sequenceTrigger = z.object({
  type: z.literal('sequence'),
  id,
  triggers,
  within: duration.nullable(),
})

/** A trigger. Its kind is told by `type`, or when that is left out by a field that only this kind has. */
export const triggerSchema: z.ZodType<TriggerDraft> = lax(
  z.discriminatedUnion('type', [eventTrigger, metricTrigger, compoundTrigger, sequenceTrigger]),
  (value, refuse) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const trigger: Record<string, unknown> =
      'type' in value ? value : { ...value, type: kindOf(value, refuse) }
    return trigger.type === 'event' ? withDefaultWithin(trigger, refuse) : trigger
  },
)

/** Pydantic's answer to a trigger that shows no kind is that each kind's required fields are missing. */
function kindOf(trigger: object, refuse: Refuse): string {
  if ('posture' in trigger) return trigger.posture === 'Metric' ? 'metric' : 'event'
  if ('require' in trigger) return 'compound'
  if ('triggers' in trigger) return 'sequence'
  for (const field of ['posture', 'triggers', 'within', 'require']) {
    if (!(field in trigger)) refuse('missing', 'Field required', field)
  }
  return ''
}

function withDefaultWithin(trigger: Record<string, unknown>, refuse: Refuse): unknown {
  const { posture, within } = trigger
  if (within === null) {
    return refuse('value_error', 'Value error, `within` should be a valid timedelta')
  }
  if (posture !== 'Proactive') return trigger
  if (!within) return { ...trigger, within: PROACTIVE_WITHIN_SECONDS_MIN }
  if (typeof within === 'string') {
    const msg = 'Value error, `within` for Proactive triggers must be a number of seconds'
    return refuse('value_error', msg, 'within')
  }
  if (Number(within) >= PROACTIVE_WITHIN_SECONDS_MIN || typeof within === 'object') return trigger
  const msg = `Value error, \`within\` for Proactive triggers must be at least ${PROACTIVE_WITHIN_SECONDS_MIN} seconds`
  return refuse('value_error', msg)
}

/** The trigger and all its children under new ids, whatever ids were sent. */
export function withNewIds(trigger: TriggerDraft, newId: () => string): Trigger {
  if (!('triggers' in trigger)) return { ...trigger, id: newId() }
  const id = newId()
  return { ...trigger, id, triggers: trigger.triggers.map((child) => withNewIds(child, newId)) }
}
