// What users see when they type. Checked by the compiler (`npm run types`); nothing here runs.

import {
  DeploymentCompoundTrigger,
  DeploymentEventTrigger,
  DeploymentMetricTrigger,
  DeploymentSequenceTrigger,
  DeploymentTrigger,
  type Event,
  emitEvent,
  flow,
  flowRun,
  runSignal,
  serve,
  subscribe,
  task,
  toHono,
  toLambda,
} from 'tripline'
import { expectTypeOf } from 'vitest'
import { z } from 'zod'

const bake = flow(async ({ grams }: { grams: number; rye?: boolean }) => `${grams} g`, {
  name: 'bake',
  onCompletion: async (flow, run, state) => {
    expectTypeOf(flow.name).toBeString()
    expectTypeOf(run.start_time).toEqualTypeOf<string | null>()
    expectTypeOf(await state.result()).toBeString()
  },
})
expectTypeOf(bake).returns.resolves.toBeString()
expectTypeOf(bake).parameter(0).toEqualTypeOf<{ grams: number; rye?: boolean }>()
// @ts-expect-error grams is required
void bake()
// @ts-expect-error and a number
void bake({ grams: '800' })
void bake.serve({ name: 'daily', parameters: { rye: true }, triggers: [] })
// @ts-expect-error not a parameter of the flow
void bake.serve({ name: 'daily', parameters: { colour: 'brown' } })

const ring = flow(() => 1, { name: 'ring' })
expectTypeOf(ring).toBeCallableWith()
expectTypeOf(ring).returns.resolves.toBeNumber()

const schema = z.object({ at: z.coerce.date(), loud: z.boolean().default(false) })
const wake = flow(({ at, loud }) => [at.getTime(), loud] as const, {
  name: 'wake',
  parameters: schema,
})
expectTypeOf(wake).parameter(0).toEqualTypeOf<z.input<typeof schema>>()

// @ts-expect-error loud is true or false
void wake({ at: '2026-01-01', loud: 'very' })
// @ts-expect-error a parameter of the schema is required
void wake({ loud: true })
void wake.serve({ name: 'early', parameters: { at: '2026-01-01' } })

emitEvent({
  event: 'dough.proofed',
  resource: { 'prefect.resource.id': 'dough.1', colour: 'white' },
})
// @ts-expect-error a resource has an id
emitEvent({ event: 'dough.proofed', resource: { colour: 'white' } })
const nobody = { 'prefect.resource.id': 'b' }
// @ts-expect-error and a related one a role
emitEvent({ event: 'a', resource: nobody, related: [nobody] })

expectTypeOf(DeploymentEventTrigger({ schedule_after: { hours: 2 } })).toExtend<{ name?: string }>()
// @ts-expect-error no such unit
DeploymentEventTrigger({ schedule_after: { fortnights: 2 } })

for (const schedule_after of ['PT2H', '2h', 7200, { hours: 2 }, { days: 1, minutes: 30 }]) {
  DeploymentTrigger({ expect: new Set(['dough.proofed']), after: 'dough.kneaded', schedule_after })
}
// @ts-expect-error no date
DeploymentEventTrigger({ schedule_after: new Date() })
// @ts-expect-error a posture is one of two
DeploymentEventTrigger({ posture: 'Passive' })
// @ts-expect-error what a function makes has the type that its name says
DeploymentEventTrigger({ type: 'compound' })
DeploymentMetricTrigger({
  metric: { name: 'successes', operator: '<', threshold: 0.9, range: 'PT10M' },
})
// @ts-expect-error no such metric
DeploymentMetricTrigger({ metric: { name: 'heat', operator: '<', threshold: 1 } })
DeploymentCompoundTrigger({
  require: 2,
  within: null,
  triggers: [
    { expect: ['a'] },
    { type: 'sequence', triggers: [{ expect: ['b'], posture: 'Proactive' }, { expect: ['c'] }] },
  ],
})
// @ts-expect-error all, any, or how many
DeploymentCompoundTrigger({ require: 'some', triggers: [{ expect: ['a'] }] })
// @ts-expect-error a sequence has no such choice
DeploymentSequenceTrigger({ require: 'all', triggers: [{ expect: ['a'] }] })

expectTypeOf(flowRun().parameters).toEqualTypeOf<Record<string, unknown>>()
expectTypeOf(
  serve(bake.toDeployment({ name: 'a' }), wake.toDeployment({ name: 'b' })),
).resolves.toHaveProperty('stop')

const knead = task(async (grams: number, flour?: string) => `${grams} g of ${flour}`, {
  name: 'knead',
  cacheKey: (grams, flour) => `${grams}/${flour}`,
  onCompletion: async (_, taskRun, state) => {
    expectTypeOf(taskRun.task_key).toBeString()
    expectTypeOf(await state.result()).toBeString()
  },
})
expectTypeOf(knead).parameter(0).toBeNumber()
expectTypeOf(knead).parameter(1).toEqualTypeOf<string | undefined>()
expectTypeOf(knead).returns.resolves.toBeString()
void flow(
  async () => {
    const [loaf, ...loaves] = await Promise.all([800, 900].map((grams) => knead(grams)))
    expectTypeOf(loaf).toEqualTypeOf<string | undefined>()
    expectTypeOf(loaves).toEqualTypeOf<string[]>()
    return loaves.length
  },
  { name: 'batch' },
)
// @ts-expect-error not a number
void knead('800')
// @ts-expect-error the key is a text, or null
task(() => 1, { name: 'a', cacheKey: () => 1 })

void bake.deploy({
  name: 'daily',
  workPoolName: 'ovens',
  image: 'reg/bake:1',
  schedules: [{ cron: '0 3 * * *' }, { interval: { hours: 2 }, active: false }],
  triggers: [DeploymentCompoundTrigger({ require: 'all', triggers: [{ expect: ['a'] }] })],
})
// @ts-expect-error a deployment of a pool names the pool
void bake.deploy({ name: 'daily' })
// @ts-expect-error one form, not none
void bake.deploy({ name: 'daily', workPoolName: 'ovens', schedules: [{ active: true }] })

expectTypeOf(runSignal()).toEqualTypeOf<AbortSignal>()
expectTypeOf(subscribe({})).toExtend<AsyncIterable<Event>>()
expectTypeOf(toLambda(bake, ring)).parameters.toEqualTypeOf<[event: unknown]>()
// @ts-expect-error a call is believed by its signature alone
toHono(bake)
