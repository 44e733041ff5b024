// Prefect's own client, command line and worker, as they were recorded.
import { describe, expect, it } from 'vitest'
import { replay } from './replay.ts'

describe('the recorded client', () => {
  it.each<[string, string[]]>([
    ['a flow run by hand', ['b_simple']],
    ['a hook that emits an event, and a served flow that it triggers', ['b_hook', 'c_serve']],
    ['a work pool', ['e_pool']],
    ['variables', ['g_var_set', 'g_var_set2', 'g_var_ls', 'g_var_unset']],
    ['every move between states', ['m_battery']],
  ])('%s gets the answers that Prefect gave', async (_, scenarios) => {
    expect(await replay(scenarios)).toEqual([])
  })
})
