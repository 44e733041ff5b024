// Shapes of what is said about automations: why they fired or did not, what they wait for, what is probably not meant.
import { z } from 'zod'
import { COUNTED_FATES } from '../../core/fates.ts'
import { event } from './events.ts'
import { count, id, instant, labels, named, text, words } from './fields.ts'

/** What the evaluator makes of an event. */
const FATES = [
  'repeated',
  'ignored',
  'opened',
  'late',
  'counted',
  'restarted',
  'fired',
  'closed',
  'early',
  'waiting',
  'satisfied',
] as const

/** Why an event did not come so far. */
const OBJECTIONS = [
  'unevaluated',
  'paused',
  'before-made',
  'name',
  'label',
  'related',
  'unmeasured',
  'held',
] as const

const path = text.describe('Dotted child indexes from the root trigger; empty for the root')
const source = z.enum(['recorded', 'recomputed'])
const verdict = z.enum([...OBJECTIONS, ...FATES, 'unknown'])
const patterns = z.array(text)
const failed = { label: text, patterns, value: words }

const windowSeen = named('WindowSeen', {
  start: instant,
  end: instant.nullable(),
  count,
  threshold: count,
})

const compositeSeen = named('CompositeSeen', {
  path,
  kind: z.enum(['compound', 'sequence']),
  isComplete: z.boolean(),
  required: count,
  fired: z.array(path),
  missing: z.array(path),
})

const finding = z
  .discriminatedUnion('verdict', [
    z.strictObject({ verdict: z.literal('unevaluated'), by: z.enum(['name', 'actions-off']) }),
    z.strictObject({ verdict: z.literal('paused') }),
    z.strictObject({ verdict: z.literal('before-made'), made: instant, received: instant }),
    z.strictObject({ verdict: z.literal('name'), name: text, expected: patterns }),
    z.strictObject({ verdict: z.literal('label'), ...failed }),
    z.strictObject({
      verdict: z.literal('related'),
      wanted: z.record(z.string(), z.union([text, patterns])),
      closest: z.strictObject({ id: text, ...failed }).nullable(),
    }),
    z.strictObject({ verdict: z.literal('unmeasured'), metric: text }),
    z.strictObject({ verdict: z.literal('held'), follows: text, until: instant }),
    z.strictObject({
      verdict: z.enum(FATES),
      posture: z.enum(['Reactive', 'Proactive', 'Metric']),
      labels,
      occurred: instant,
      before: windowSeen.nullable(),
      after: windowSeen.nullable(),
      needs_after: patterns,
      composites: z.array(compositeSeen),
    }),
  ])
  .meta({ id: 'Finding' })

const ofAutomation = { automation_id: id, automation_name: text }

export const explanation = named('Explanation', {
  event_id: id,
  ...ofAutomation,
  verdict,
  text,
  source,
  triggers: z.array(
    named('TriggerExplanation', { path, verdict, text, source, finding: finding.nullable() }),
  ),
  firings: z.array(
    named('ExplainedFiring', {
      id,
      triggered: instant,
      source,
      told_event_id: id.nullable(),
    }),
  ),
})

export const nearMiss = named('NearMiss', { event, explanation })

export const fates = named('Fates', {
  fates: z.record(
    z.string(),
    z.array(
      named('EventFate', { ...ofAutomation, path, verdict: z.enum(COUNTED_FATES), text, source }),
    ),
  ),
  is_whole: z.boolean(),
})

export const waits = named('AutomationExplanation', {
  ...ofAutomation,
  text,
  waits: z.array(
    named('Wait', {
      path,
      labels,
      count,
      needed: count,
      since: instant.nullable(),
      until: instant.nullable(),
      text,
    }),
  ),
  is_whole: z.boolean(),
})

export const openBucket = named('OpenBucket', {
  trigger: path,
  posture: z.enum(['Reactive', 'Proactive']),
  key: z.array(text),
  count,
  threshold: count,
  start: instant,
  end: instant.nullable(),
})

const runStep = named('RunStep', {
  kind: z.enum(['event', 'firing', 'action', 'run', 'state']),
  event_id: id.nullable(),
  at: instant,
  text,
})

export const runExplanation = named('RunExplanation', {
  flow_run_id: id,
  flow_run_name: text,
  text,
  causes: z.array(runStep),
  states: z.array(runStep),
  effects: z.array(runStep),
  is_whole: z.boolean(),
})

export const warnings = named('Warnings', {
  warnings: z.array(named('Warning', { path: text, message: text })),
})
