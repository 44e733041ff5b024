// Shapes of how things are: the report, and records that could not be done.
import { z } from 'zod'
import { count, instant, named, seconds, text, words } from './fields.ts'

const figure = count.nullable()

export const report = named('HealthReport', {
  at: instant,
  feed: z.strictObject({
    newest_received: instant.nullable(),
    last_day: count,
    in_memory: count,
  }),
  last_day: z.strictObject({ failures: count, deliveries_given_up: count }),
  runs: z.strictObject({ waiting: count, late: count, running: count }),
  workers: z.strictObject({ online: count, offline: count }),
  automations: z.strictObject({ enabled: count, disabled: count }),
  readers: z
    .array(
      z.strictObject({
        name: text,
        stream: z.enum(['events', 'objects']),
        behind_ms: z.number().nullable(),
      }),
    )
    .nullable(),
  wakes: z
    .array(
      z.strictObject({
        kind: z.enum([
          'late-runs',
          'schedules',
          'readiness',
          'lease',
          'launch',
          'pause',
          'bucket',
          'held',
          'delivery',
        ]),
        count,
        next: instant,
      }),
    )
    .nullable(),
  deliveries_waiting: figure,
  dead_letters: figure,
  fates: z.strictObject({ late: count, held: count, ignored: count }).nullable(),
  spending: z
    .strictObject({
      since: instant,
      requests: count,
      read_units: z.number(),
      write_units: z.number(),
      usd: z.number(),
      usd_per_month: z.number().nullable(),
    })
    .nullable(),
  dashboard_url: words,
})

const letterFields = { id: text, at: instant, reader: text, error: text }

export const letter = named('DeadLetter', letterFields)

export const letterWithRecord = named('DeadLetterWithRecord', {
  ...letterFields,
  record: z.unknown(),
})

export const retried = named('RetriedLetter', { error: words })

/** Where a clock that was moved has come to, and the seconds that are still to pass. */
export const advanced = named('Advanced', { now: instant, left: seconds })
