// From what people type to the object they mean: an id, or a name that only one thing has.
import type { Automation } from '../core/automation.ts'
import type { Deployment, Flow } from '../core/deployment.ts'
import type { FlowRun } from '../core/run.ts'
import type { Webhook } from '../core/webhook-definition.ts'
import type { Client } from '../sdk/client.ts'
import { ApiError } from '../sdk/http.ts'
import type { ShownKey } from '../sdk/wire.ts'
import { CommandError, usage } from './errors.ts'

/** Whether a text is the id of something, with or without its dashes. */
export const isUuid = (text: string): boolean =>
  /^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i.test(text)

/** @throws CommandError when there is none, or more than one of the name */
export const findWebhook = (client: Client, said: string): Promise<Webhook> =>
  byIdOrName(said, 'webhook', client.webhooks.get, (name) =>
    client.webhooks.filter({ webhooks: { name: { any_: [name] } } }),
  )

/** @throws CommandError when there is none, or more than one of the name */
export const findAutomation = (client: Client, said: string): Promise<Automation> =>
  byIdOrName(said, 'automation', client.automations.get, (name) =>
    client.automations.filter({ automations: { name: { any_: [name] } } }),
  )

/** @throws CommandError when there is none, or more than one of the name */
export const findKey = (client: Client, said: string): Promise<ShownKey> =>
  byIdOrName(said, 'key', client.keys.get, (name) =>
    client.keys.filter({ api_keys: { name: { any_: [name] } } }),
  )

/** @throws CommandError when there is none */
export const findRun = (client: Client, said: string): Promise<FlowRun> =>
  byIdOrName(said, 'flow-run', client.runs.get, (name) =>
    client.runs.filter({ flow_runs: { name: { any_: [name] } } }),
  )

/**
 * The deployment of an id or of `flow/deployment`.
 * @throws CommandError when there is none
 */
export async function findDeployment(client: Client, said: string): Promise<Deployment> {
  if (isUuid(said)) return byIdOrName(said, 'deployment', client.deployments.get, async () => [])
  const slash = said.indexOf('/')
  if (slash < 1) {
    throw usage(
      `'${said}' is no deployment's name`,
      'It has two parts, as in `hello/hourly`; `tripline deployment ls` lists them.',
    )
  }
  const found = await client.deployments.byName(said.slice(0, slash), said.slice(slash + 1))
  return found ?? nothing('deployment', said)
}

/** The flows of some objects, by id. */
export async function flowsOf(
  client: Client,
  objects: { flow_id: string }[],
): Promise<Map<string, Flow>> {
  const ids = [...new Set(objects.map(({ flow_id }) => flow_id))]
  if (ids.length === 0) return new Map()
  const flows = await client.flows.filter({ flows: { id: { any_: ids } } })
  return new Map(flows.map((flow) => [flow.id, flow]))
}

async function byIdOrName<T extends { id: string }>(
  said: string,
  noun: string,
  get: (id: string) => Promise<T>,
  named: (name: string) => Promise<T[]>,
): Promise<T> {
  if (isUuid(said)) {
    try {
      return await get(said)
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return nothing(noun, said)
      throw error
    }
  }
  const [found, ...others] = await named(said)
  if (!found) return nothing(noun, said)
  if (others.length === 0) return found
  const ids = [found, ...others].map(({ id }) => id).join('\n  ')
  throw usage(`there are ${others.length + 1} of the name '${said}'; say which by id:`, ids)
}

function nothing(noun: string, said: string): never {
  throw new CommandError(`there is no ${noun} '${said}'`, {
    fix: `\`tripline ${noun} ls\` lists those that are there.`,
  })
}
