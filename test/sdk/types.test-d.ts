// What users see when they type. Checked by the compiler (`npm run types`); nothing here runs.

import {
  DeploymentCompoundTrigger,
  DeploymentEventTrigger,
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
