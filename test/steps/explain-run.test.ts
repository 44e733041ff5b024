// Why there is a run: told from what the real steps left behind, and in the same words whoever asks.
import { describe, expect, it } from 'vitest'
import { explainRun, type RunExplanation } from '../../lib/core/explain-run.ts'
import { DEFAULT_WORKSPACE } from '../../lib/core/workspace.ts'
import { type Fakes, fakes } from '../fakes.ts'
import { apiClient, NOTHING } from '../http/client.ts'
import { road } from '../road.ts'

/** Dough that has proofed makes a run of bread, and bread that is done one of toast. */
async function aBakery(here: Fakes = fakes()) {
  const client = apiClient(here)
  const { say, deploy } = client
  const settle = road(here)
  const bread = await deploy('bread')
  const toast = await deploy('toast')
  const automate = (name: string, trigger: object, deployment_id: string, parts: object = {}) =>
    say('POST', '/automations/', {
      name,
      trigger: { type: 'event', posture: 'Reactive', ...trigger },
      actions: [{ type: 'run-deployment', deployment_id, ...parts }],
    })

  async function emit(event: string, resource: Record<string, string>): Promise<void> {
    await say('POST', '/events', [
      {
        id: '00000000-0000-4000-8000-00000000000a',
        occurred: '2026-11-21T09:00:00Z',
        event,
        resource: { 'prefect.resource.id': 'dough.1', ...resource },
      },
    ])
    await settle()
  }

  /** The run of a deployment; there is one. */
  async function runOf({ id }: { id: string }): Promise<{ id: string; name: string }> {
    const { body } = await say('POST', '/flow_runs/filter', {
      deployments: { id: { any_: [id] } },
    })
    expect(body).toHaveLength(1)
    return body[0]
  }

  async function explained(run: { id: string }): Promise<RunExplanation> {
    const { status, body } = await say('GET', `/flow_runs/${run.id}/explain`)
    expect(status).toBe(200)
    return body
  }

  async function complete({ id }: { id: string }): Promise<void> {
    for (const type of ['PENDING', 'RUNNING', 'COMPLETED']) {
      await say('POST', `/flow_runs/${id}/set_state`, { state: { type }, force: true })
      await settle()
    }
  }
  return { here, say, bread, toast, automate, emit, runOf, explained, complete, settle }
}

/** An explanation as people read it; runs have other names each time. */
function shown(explanation: RunExplanation, ...runs: { name: string }[]): string {
  const { text, causes, states, effects } = explanation
  const of = (steps: RunExplanation['causes']) =>
    steps.map(({ kind, text }) => `  ${kind}: ${text}`).join('\n')
  const whole = [text, 'causes', of(causes), 'states', of(states), 'effects', of(effects)].join(
    '\n',
  )
  return runs.reduce((all, { name }, i) => all.replaceAll(name, `run-${i + 1}`), whole)
}

describe('a run explained', () => {
  it('a heartbeat is no state of a run', async () => {
    const { say, bread, automate, emit, runOf, explained, complete, settle } = await aBakery()
    await automate('Bake', { expect: ['dough.proofed'] }, bread.id)
    await emit('dough.proofed', {})
    const run = await runOf(bread)
    await say('POST', '/events', [
      {
        id: '00000000-0000-4000-8000-00000000000b',
        occurred: '2026-11-21T09:00:01Z',
        event: 'prefect.flow-run.heartbeat',
        resource: { 'prefect.resource.id': `prefect.flow-run.${run.id}` },
      },
    ])
    await settle()
    await complete(run)

    const { states } = await explained(run)

    expect(states.map(({ text }) => text.split(' at ')[0])).toEqual([
      'It became Scheduled',
      'It became Pending',
      'It became Running',
      'It became Completed',
    ])
  })

  it('goes back over action and firing to the event, and on to what its end set off', async () => {
    const { bread, toast, automate, emit, runOf, explained, complete } = await aBakery()
    await automate('Bake', { expect: ['dough.proofed'], for_each: ['tier'] }, bread.id)
    await automate('Toast', { expect: ['prefect.flow-run.Completed'] }, toast.id)
    await emit('dough.proofed', { tier: 'gold' })
    const first = await runOf(bread)
    await complete(first)
    const second = await runOf(toast)

    const both = [await explained(first), await explained(second)]

    const texts = both.map((one) => shown(one, first, second))
    await expect(`${texts.join('\n\n')}\n`).toMatchFileSnapshot('explain-run.golden.txt')
  })

  it('names when it is to start, where that lies ahead', async () => {
    const { bread, automate, emit, runOf, explained } = await aBakery()
    await automate('Bake', { expect: ['dough.proofed'] }, bread.id, { schedule_after: 7200 })
    await emit('dough.proofed', {})
    const run = await runOf(bread)

    const { text, causes } = await explained(run)

    expect(causes.map(({ kind }) => kind)).toEqual(['event', 'firing', 'action', 'run'])
    expect(text).toContain('to start at 2026-11-21 11:00:00.')
  })

  it('of which no event is left is told by itself', async () => {
    const { here, bread, automate, emit, runOf } = await aBakery()
    await automate('Bake', { expect: ['dough.proofed'] }, bread.id)
    await emit('dough.proofed', {})
    const run = await runOf(bread)
    const stored = await here.services.runs.get(DEFAULT_WORKSPACE, run.id)
    if (!stored) throw new Error('the run is stored')

    const { text, causes } = explainRun(stored.value, { chain: [], isWhole: true })

    expect(causes).toHaveLength(1)
    expect(text).toContain('was made by automation `Bake`, of whose firing no event is left')
  })

  it('that a call made says so', async () => {
    const { say, bread, explained } = await aBakery()
    const { body: run } = await say('POST', `/deployments/${bread.id}/create_flow_run`, {})

    const { text, effects } = await explained(run)

    expect(text).toMatch(/^Run `.+` was made by a call of the API, at /)
    expect(effects).toEqual([])
  })

  it('is not there for a run that is not', async () => {
    const { say } = await aBakery()

    expect((await say('GET', `/flow_runs/${NOTHING}/explain`)).status).toBe(404)
  })
})
