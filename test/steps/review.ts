// A bakery whose runs wait for two hours, and somebody who is asked about each through a bell.
import { inflateRawSync } from 'node:zlib'
import type { AttributeValue, DynamoDBRecord } from 'aws-lambda'
import { actionSchema } from '../../lib/core/action-schema.ts'
import { BLOCK_TYPES, type BlockSlug, BUILT_IN_SCHEMAS } from '../../lib/core/block.ts'
import { obfuscate, secretFields } from '../../lib/core/block-secrets.ts'
import { blankDeployment } from '../../lib/core/deployment-schema.ts'
import type { Event } from '../../lib/core/event.ts'
import { NAMESPACE, uuidv5 } from '../../lib/core/ids.ts'
import type { FlowRun } from '../../lib/core/run.ts'
import { DEFAULT_WORKSPACE as HOME } from '../../lib/core/workspace.ts'
import { api } from '../../lib/entries.ts'
import { wake } from '../../lib/steps/wake.ts'
import { bakeryEvent, eventTrigger } from '../core/bakery.ts'
import { BEGINNING, type Fakes, fakes } from '../fakes.ts'
import { road } from '../road.ts'

const AUTOMATION = '00000000-0000-4000-8000-000000000500'
const BLOCK = '00000000-0000-4000-8000-0000000000c1'
const FLOW = '00000000-0000-4000-8000-0000000000f0'
const DEPLOYMENT = '00000000-0000-4000-8000-0000000000d1'
const DELAY_SECONDS = 7_200

export interface Asked {
  approve_url: string
  postpone_url: string
  cancel_url: string
  due: string
  [more: string]: unknown
}

export type Window = Awaited<ReturnType<typeof reviewWindow>>

interface Options {
  deploymentName?: string
  /** Of the action, over those that make a review of two hours, which may be postponed by one. */
  action?: object
  block?: { slug: BlockSlug; data: Record<string, unknown> }
}

export async function reviewWindow(options: Options = {}) {
  const told: DynamoDBRecord[] = []
  const bare = fakes()
  const here: Fakes = {
    ...bare,
    take(table) {
      const taken = bare.take(table)
      told.push(...taken)
      return taken
    },
  }
  const { services } = here
  const move = road(here)
  const app = api(services)
  const name = options.deploymentName ?? 'bake'
  await services.deployments.create(
    HOME,
    blankDeployment(DEPLOYMENT, { name, flow_id: FLOW }, BEGINNING),
  )
  await putBlock(here, options.block ?? { slug: 'webhook', data: { url: 'https://bell.test/' } })
  await services.automations.create(HOME, { automation: automation(options.action), owner: null })

  /** Wakes whoever is due, and lets the streams run. */
  async function settle(): Promise<void> {
    await move()
    const due = here.wakes.filter(({ at }) => at <= here.clock.now())
    for (const { key } of due) await wake(services)(key)
    await move()
  }

  async function fire(seconds = 0): Promise<FlowRun> {
    const event = bakeryEvent('dough.proofed', seconds, { payload: { loaf: 'rye' } })
    await services.triggers.fire(HOME, [firingOf(event)])
    await settle()
    const [run] = await services.runs.list(HOME, { newest: 1 })
    if (!run) throw new Error('no run was made')
    return run
  }

  /** What the bell heard last. */
  function asked(): Asked {
    return JSON.parse(here.sent.at(-1)?.body ?? 'null') as Asked
  }

  async function follow(url: string, method = 'GET') {
    const answer = await app.request(url, { method })
    const seen = { status: answer.status, text: await answer.text(), headers: answer.headers }
    await settle()
    return seen
  }

  const runNow = async (id: string): Promise<FlowRun> => {
    const found = await services.runs.get(HOME, id)
    if (!found) throw new Error('the run is gone')
    return found.value
  }

  /** Everything that was ever written into a table, published or logged, as one text. */
  const written = (): string =>
    [...told.map(({ dynamodb }) => textOf(dynamodb?.NewImage)), here.published, here.logged]
      .map((part) => JSON.stringify(part))
      .join('\n')

  return { here, app, fire, settle, asked, follow, runNow, written }
}

/** An item's attributes, unpacked. */
const textOf = (item: Record<string, AttributeValue> = {}): string[] =>
  Object.values(item).map(
    ({ S, N, B }) => S ?? N ?? inflateRawSync(Buffer.from(String(B ?? ''), 'base64')).toString(),
  )

const automation = (action: object = {}) => ({
  id: AUTOMATION,
  created: BEGINNING,
  updated: BEGINNING,
  name: 'bake when proofed',
  description: '',
  enabled: true,
  tags: [],
  trigger: eventTrigger({ expect: ['dough.proofed'] }),
  actions: [
    actionSchema.parse({
      type: 'run-deployment',
      deployment_id: DEPLOYMENT,
      schedule_after: DELAY_SECONDS,
      parameters: { loaf: '{{ event.payload.loaf }}' },
      review: { block_document_id: BLOCK },
      ...action,
    }),
  ],
  actions_on_trigger: [],
  actions_on_resolve: [],
})

const firingOf = (event: Event) => ({
  id: uuidv5(`firing of ${event.id}`, NAMESPACE.firing),
  automation_id: AUTOMATION,
  automation_name: 'bake when proofed',
  path: '',
  trigger_states: ['Triggered' as const],
  triggered: BEGINNING,
  triggering_labels: {},
  triggering_event: event,
  triggering_firings: [],
})

async function putBlock(
  { services }: Fakes,
  { slug, data }: NonNullable<Options['block']>,
): Promise<void> {
  const type = BLOCK_TYPES[slug]
  const schema = BUILT_IN_SCHEMAS.find(({ block_type_id }) => block_type_id === type.id)
  if (!schema) throw new Error(`no schema of ${slug}`)
  const secret_fields = secretFields(schema)
  await services.blocks.create(HOME, {
    id: BLOCK,
    created: BEGINNING,
    updated: BEGINNING,
    name: 'bell',
    data: obfuscate(data, secret_fields),
    sealed: await services.secrets.seal(JSON.stringify(data), BLOCK),
    block_schema_id: schema.id,
    block_type_id: type.id,
    capabilities: schema.capabilities,
    secret_fields,
    is_anonymous: false,
  })
}
