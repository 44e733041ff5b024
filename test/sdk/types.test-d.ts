// What users see when they type. Checked by the compiler (`npm run types`); nothing here runs.
import { expectTypeOf } from 'vitest'
import { z } from 'zod'
import { DeploymentEventTrigger, emitEvent, flow, flowRun, serve } from '../../lib/sdk/index.ts'

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
