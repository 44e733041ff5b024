// The warm registry of triggers, and the races between those who read it and those who write snapshots of it.
import { expect, it } from 'vitest'
import { DEFAULT_WORKSPACE as HOME } from '../../lib/core/workspace.ts'
import { registries } from '../../lib/steps/registry.ts'
import { eventTrigger } from '../core/bakery.ts'
import { BEGINNING, fakes } from '../fakes.ts'

const AUTOMATIONS = 1_000

it('starts cold from a snapshot that was written after the number of the last change was read', async () => {
  const { services } = fakes()
  for (let i = 0; i < AUTOMATIONS; i += 1) {
    const automation = {
      id: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
      created: BEGINNING,
      updated: BEGINNING,
      name: `ring ${i}`,
      description: '',
      enabled: true,
      tags: [],
      trigger: eventTrigger(),
      actions: [],
      actions_on_trigger: [],
      actions_on_resolve: [],
    }
    await services.automations.create(HOME, { automation, owner: null })
  }
  await registries(services)(HOME) // writes the snapshot
  let reads = 0
  const cold = {
    automations: { ...services.automations, head: async () => AUTOMATIONS - 1 },
    blobs: {
      ...services.blobs,
      find: (name: string) => {
        reads += 1
        if (reads > 3) throw new Error('the snapshot is read again and again')
        return services.blobs.find(name)
      },
    },
  }

  const { active } = await registries(cold)(HOME)

  expect(active.size).toBe(AUTOMATIONS)
})
