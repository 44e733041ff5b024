// One work pool of a project, with its queues, against the one of its name. What the file does not say of it is left as it is: a pool is
// somebody's whose runs wait there.
import type { Client } from '../sdk/client.ts'
import { differences, sameKeys } from './difference.ts'
import type { Change } from './plan-change.ts'
import type { WorkPoolDefinition } from './project-schema.ts'

export async function planWorkPool(
  client: Client,
  { name, type = 'process', queues = [], ...rest }: WorkPoolDefinition,
): Promise<Change> {
  const known = await client.workPools.byName(name)
  const settings = settingsOf(rest)
  const there = known ? await client.workQueues.list(name) : []
  const wantedQueues = queues.map(({ name, ...queue }) => ({ name, settings: settingsOf(queue) }))
  const knownQueue = (name: string) => there.find((queue) => queue.name === name)
  const found = known
    ? [
        ...differences(known.type, type, 'type'),
        ...differences(sameKeys({ ...known }, settings), settings),
        ...wantedQueues.flatMap(({ name, settings }) => {
          const queue = knownQueue(name)
          const was = queue ? sameKeys({ ...queue }, settings) : undefined
          return differences(was, settings, `queues.${name}`)
        }),
      ]
    : differences({}, { type, ...settings })
  return {
    kind: 'work pool',
    name,
    action: !known ? 'create' : found.length === 0 ? 'none' : 'update',
    differences: found,
    triggers: [],
    async make() {
      if (known) await client.workPools.update(name, settings)
      const { id } = known ?? (await client.workPools.create({ name, type, ...settings }))
      const present = (await client.workQueues.list(name)).map((queue) => queue.name)
      for (const { name: queue, settings } of wantedQueues) {
        if (present.includes(queue)) await client.workQueues.update(name, queue, settings)
        else await client.workQueues.create(name, { name: queue, ...settings })
      }
      return id
    },
  }
}

/** As the API spells it. */
const settingsOf = <T extends { paused?: boolean }>({ paused, ...rest }: T) => ({
  ...rest,
  ...(paused !== undefined && { is_paused: paused }),
})
