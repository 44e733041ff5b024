// A deployment made known to the server, with its triggers as automations that it owns. Registering
// again replaces both.

import type { FlowDefinition } from './engine.ts'
import { ApiError } from './http.ts'
import type { Runtime } from './runtime.ts'
import { type Schedule, scheduleBody } from './schedule.ts'
import { automationOf, type DeploymentTriggerDefinition, ownerOf } from './triggers.ts'
import type { DeploymentChange } from './wire.ts'

/** What a deployment is, wherever its runs are executed. */
export interface DeploymentOptions<P extends object> {
  /** The deployment's name; with the flow's it is unique. */
  name: string
  triggers?: DeploymentTriggerDefinition[]
  /** In place of those it has. @default those it has stay */
  schedules?: Schedule[]
  tags?: string[]
  /** Used where a run says nothing else. */
  parameters?: Partial<P>
  description?: string
  version?: string
}

export interface ServeOptions<P extends object> extends DeploymentOptions<P> {
  /**
   * How often the server is asked for runs. @default 2 where the API is on this machine, else 10
   */
  pollSeconds?: number
  /** Runs of this deployment at one time in this process. @default unlimited */
  limit?: number
  /**
   * 'process': each run in a child, which is this script started again, so that a run which never
   * pauses, leaks or crashes harms no other. @default in this process
   */
  isolation?: 'process'
}

/** A flow and how it is served; made by `flow.toDeployment()`. */
export interface ServedDeployment extends ServeOptions<object> {
  definition: FlowDefinition<unknown>
  parameterSchema: Record<string, unknown>
}

/** A deployment that the server knows. */
export interface Registered extends ServedDeployment {
  id: string
  flowId: string
}

/**
 * Makes a served deployment known: its runs wait for whoever asks for those of this deployment.
 * @throws ApiError when the server refuses the deployment or a trigger
 */
export async function register(deployment: ServedDeployment, at: World): Promise<Registered> {
  const { definition, parameterSchema } = deployment
  const known = await makeKnown(
    definition.name,
    deployment,
    bodyOf(deployment, parameterSchema),
    at,
  )
  return { ...deployment, ...known }
}

export type World = Pick<Runtime, 'client' | 'say'>

export const bodyOf = (
  deployment: DeploymentOptions<object>,
  schema: Record<string, unknown>,
): DeploymentChange => ({
  tags: deployment.tags ?? [],
  parameters: { ...deployment.parameters },
  description: deployment.description ?? null,
  version: deployment.version ?? null,
  paused: false,
  parameter_openapi_schema: schema,
  enforce_parameter_schema: true,
  ...(deployment.schedules && { schedules: deployment.schedules.map(scheduleBody) }),
})

/** Asks and writes in the order of Prefect's client. */
export async function makeKnown(
  flow: string,
  { name, triggers = [] }: Pick<DeploymentOptions<object>, 'name' | 'triggers'>,
  body: DeploymentChange,
  { client, say }: World,
): Promise<{ id: string; flowId: string }> {
  const known = await client.deployments.byName(flow, name)
  const { id: flowId } = await client.flows.create(flow)
  if (known) await client.deployments.update(known.id, body)
  const { id } = known ?? (await client.deployments.create({ name, flow_id: flowId, ...body }))
  try {
    await client.automations.deleteOwnedBy(ownerOf(id))
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error
    if (triggers.length > 0) say(`triggers of '${name}' are left out: this API has no automations`)
    return { id, flowId }
  }
  for (const [i, trigger] of triggers.entries()) {
    await client.automations.create(automationOf(trigger, { id, name }, i + 1))
  }
  return { id, flowId }
}
