// A flow that survives the death of its process: kill -9 this while it bakes, start it again, and the run
// is tried once more; what its first task did is not done twice, because its result was kept.
import { appendFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { emitEvent, flow, runSignal, task } from 'tripline'

const buyFlour = task(
  async (diary: string) => {
    await appendFile(diary, `bought by ${process.pid}\n`)
    return { loaves: 12 }
  },
  { name: 'buy-flour' },
)

const heatOven = task(
  async (diary: string, seconds: number) => {
    await appendFile(diary, `heating by ${process.pid}\n`)
    await sleep(seconds * 1000, null, { signal: runSignal() })
  },
  { name: 'heat-oven' },
)

export const bakery = flow(
  async ({ diary, seconds }: { diary: string; seconds: number }) => {
    const { loaves } = await buyFlour(diary)
    await heatOven(diary, seconds)
    return loaves
  },
  {
    name: 'bakery',
    retries: process.env.RETRIES === undefined ? 1 : Number(process.env.RETRIES),
    persistResult: true,
    onCompletion: async (_, run, state) => {
      emitEvent({
        event: 'bread.baked',
        resource: { 'prefect.resource.id': `bread.${run.id}` },
        payload: { loaves: await state.result() },
      })
    },
  },
)

await bakery.serve({
  name: 'daily',
  ...(process.env.ISOLATION === 'process' && { isolation: 'process' as const }),
})
