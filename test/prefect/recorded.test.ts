// Prefect's own client, command line and worker, as they were recorded.
import { describe, expect, it } from 'vitest'
import { replay } from './replay.ts'
import { SCENARIOS } from './scenarios.ts'

describe('the recorded client', () => {
  it.each(SCENARIOS)('%s gets the answers that Prefect gave', async (_, scenarios) => {
    expect(await replay(scenarios)).toEqual([])
  })
})
