// Automations that set themselves off, on the whole road over tables in memory: they stop, and say why.
import { beforeEach, expect, it } from 'vitest'
import { type Action, actionSchema } from '../../lib/core/action-schema.ts'
import type { Automation } from '../../lib/core/automation.ts'
import { blankDeployment } from '../../lib/core/deployment-schema.ts'
import type { Firing } from '../../lib/core/firing.ts'
import {
  BUDGET_FIRINGS,
  BUDGET_PER_SECOND,
  BUDGET_SHARE,
  type Budget,
  CHAIN_BREAK_SECONDS,
  CHAIN_FIRINGS_MAX,
} from '../../lib/core/loop.ts'
import { newFlowRun } from '../../lib/core/run-creation.ts'
import { DEFAULT_WORKSPACE as HOME } from '../../lib/core/workspace.ts'
import { accept } from '../../lib/steps/accept.ts'
import { loopWatch } from '../../lib/steps/loop-watch.ts'
import { bakeryEvent, eventTrigger } from '../core/bakery.ts'
import { BEGINNING, type Fakes, fakes } from '../fakes.ts'
import { road } from '../road.ts'

const BAKE = '00000000-0000-4000-8000-000000000500'
const SELL = '00000000-0000-4000-8000-000000000501'
const DEPLOYMENT = '00000000-0000-4000-8000-0000000000d1'
const RUN = '00000000-0000-4000-8000-0000000000f1'

let bakery: Fakes
let settle: ReturnType<typeof road>

const deployment = blankDeployment(DEPLOYMENT, { name: 'bake', flow_id: RUN }, BEGINNING)

beforeEach(async () => {
  bakery = fakes()
  settle = road(bakery)
  await bakery.services.deployments.create(HOME, deployment)
})

async function when(expect: string, id: string, action: object): Promise<void> {
  const automation: Automation = {
    id,
    created: '2026-01-01T00:00:00.000000Z',
    updated: '2026-01-01T00:00:00.000000Z',
    name: id,
    description: '',
    enabled: true,
    tags: [],
    trigger: eventTrigger({ expect: [expect] }),
    actions: [actionSchema.parse(action) as Action],
    actions_on_trigger: [],
    actions_on_resolve: [],
  }
  await bakery.services.automations.create(HOME, { automation, owner: null })
}

const emit = (...events: ReturnType<typeof bakeryEvent>[]) => accept(bakery.services)(HOME, events)

const isEnabled = async (id: string) =>
  (await bakery.services.automations.get(HOME, id))?.value.automation.enabled

const runs = async () => (await bakery.services.runs.list(HOME, { newest: 1_000 })).length

const paused = () => bakery.published.filter(({ event }) => event === 'tripline.automation.paused')

const bake = { type: 'run-deployment', deployment_id: DEPLOYMENT }

it('an automation that triggers itself stops, with the reason in the feed', async () => {
  await when('prefect.flow-run.Scheduled', BAKE, bake)
  await when('dough.proofed', SELL, bake)

  await emit(bakeryEvent('dough.proofed', 0))
  await settle()

  expect(await isEnabled(BAKE)).toBe(false)
  expect(await isEnabled(SELL)).toBe(true)
  expect(await runs()).toBe(CHAIN_FIRINGS_MAX)
  expect(paused()).toMatchObject([
    {
      resource: { 'prefect.resource.id': `prefect.automation.${BAKE}` },
      related: [{ 'prefect.resource.role': 'triggering-event' }],
      payload: { reason: expect.stringContaining('sets itself off') },
    },
  ])
})

it('so do two that trigger each other by what they tell of themselves, delivered twice', async () => {
  await when('prefect.automation.action.executed', BAKE, { type: 'do-nothing' })
  await when('dough.proofed', SELL, { type: 'do-nothing' })

  await emit(bakeryEvent('dough.proofed', 0))
  await settle({ times: 2 })

  expect(await isEnabled(BAKE)).toBe(false)
  expect(new Set(paused().map(({ id }) => id)).size).toBe(1)
})

it('what is emitted in a run belongs to the chain of that run', async () => {
  const run = newFlowRun(
    {
      id: RUN,
      stateId: BAKE,
      flowId: RUN,
      deployment,
      state: { type: 'SCHEDULED' },
      now: bakery.clock.now(),
    },
    { labels: { 'tripline.chain-depth': CHAIN_FIRINGS_MAX } },
  )
  await bakery.services.runs.create(HOME, [run])
  await when('dough.proofed', BAKE, bake)
  const related = [
    { 'prefect.resource.id': `prefect.flow-run.${RUN}`, 'prefect.resource.role': 'flow-run' },
  ]

  await emit(bakeryEvent('dough.proofed', 0, { related }))
  await settle()

  expect(await isEnabled(BAKE)).toBe(false)
  expect(await runs()).toBe(1)
})

it('a circle that is slow on purpose goes on', async () => {
  const slowly = { ...bake, schedule_after: CHAIN_BREAK_SECONDS }
  await when('prefect.flow-run.Scheduled', BAKE, slowly)
  await when('dough.proofed', SELL, slowly)

  await emit(bakeryEvent('dough.proofed', 0))
  // Here nothing waits for the time of a run, so the circle is as fast as the test; it is only not stopped.
  await expect(settle()).rejects.toThrow('still moving')

  expect(await isEnabled(BAKE)).toBe(true)
})

it('a batch of many firings takes no more out of the budget than it fires', async () => {
  const about = (i: number) =>
    bakeryEvent('deployment.touched', i / 1_000, {
      resource: { 'prefect.resource.id': 'prefect.deployment.d' },
    })
  await when('deployment.touched', BAKE, { type: 'do-nothing' })

  await emit(...Array.from({ length: 2 * BUDGET_SHARE }, (_, i) => about(i)))
  await settle()

  const left = await bakery.services.triggers.bucket(HOME, `${BAKE}/budget`)
  expect(left?.value).toMatchObject({ firings: BUDGET_FIRINGS - 2 * BUDGET_SHARE })
  expect(await isEnabled(BAKE)).toBe(true)
})

it('a watch that found the budget empty lets nothing pass until there is some', async () => {
  const watch = loopWatch(bakery.services)
  const about = bakeryEvent('x', 0, { resource: { 'prefect.resource.id': 'prefect.flow.f' } })
  await when('x', BAKE, { type: 'do-nothing' })
  const automation = (await bakery.services.automations.get(HOME, BAKE))?.value.automation
  if (!automation) throw new Error('not created')
  const firing = { triggering_event: about } as Firing
  const ask = async () => (await watch.objection(HOME, automation, { firing, depth: 1 })) === null
  const change = { key: `${BAKE}/budget`, was: null, disposableAt: null }
  const empty = { ...change, next: { firings: 0, at: bakery.clock.now() } }
  await bakery.services.triggers.commit(HOME, [empty], [])

  for (let i = 1; i < BUDGET_SHARE; i += 1) expect(await ask()).toBe(true)
  expect([await ask(), await ask(), await ask()]).toEqual([false, false, false])

  bakery.clock.advance(BUDGET_SHARE / BUDGET_PER_SECOND)
  expect([await ask(), await ask()]).toEqual([true, true])

  const many = await Promise.all(Array.from({ length: 2 * BUDGET_SHARE }, ask))
  expect(many.filter(Boolean)).toHaveLength(BUDGET_SHARE - 2)
})

it('an automation out of budget stops, and one in budget writes nothing for it', async () => {
  const about = (seconds: number) =>
    bakeryEvent('deployment.touched', seconds, {
      resource: { 'prefect.resource.id': 'prefect.deployment.d' },
    })
  await when('deployment.touched', BAKE, { type: 'do-nothing' })
  const key = `${BAKE}/budget`
  const events = Array.from({ length: BUDGET_SHARE }, (_, i) => about(i / 1_000))

  await emit(...events.slice(1))
  await settle()
  expect(await bakery.services.triggers.bucket(HOME, key)).toBeNull()

  const empty: Budget = { firings: 0, at: bakery.clock.now() }
  const change = { key, next: empty, was: null, disposableAt: null }
  await bakery.services.triggers.commit(HOME, [change], [])
  await emit(...events.slice(0, 1))
  await settle()

  expect(await isEnabled(BAKE)).toBe(false)
  expect(paused()).toMatchObject([{ payload: { reason: expect.stringMatching(/^It fired more/) } }])
})
