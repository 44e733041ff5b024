// A deployment made known to the server, with its triggers as automations that it owns. Registering
// again replaces both.

import type { FlowDefinition } from './engine.ts'
import { ApiError } from './http.ts'
import type { Runtime } from './runtime.ts'
import { automationOf, type DeploymentTriggerDefinition, ownerOf } from './triggers.ts'

export interface ServeOptions<P extends object> {
  /** The deployment's name; with the flow's it is unique. */
  name: string
  triggers?: DeploymentTriggerDefinition[]
  tags?: string[]
  /** Used where a run says nothing else. */
  parameters?: Partial<P>
  description?: string
  version?: string
  /**
   * How often the server is asked for runs. @default 2 where the API is on this machine, else 10
   */
  pollSeconds?: number
  /** Runs of this deployment at one time in this process. @default unlimited */
  limit?: number
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
 * Asks and writes in the order of Prefect's client.
 * @throws ApiError when the server refuses the deployment or a trigger
 */
export async function register(
  deployment: ServedDeployment,
  { client, say }: Pick<Runtime, 'client' | 'say'>,
): Promise<Registered> {
  const { definition, name } = deployment
  const known = await client.deployments.byName(definition.name, name)
  const { id: flowId } = await client.flows.create(definition.name)
  const body = {
    tags: deployment.tags ?? [],
    parameters: { ...deployment.parameters },
    description: deployment.description ?? null,
    version: deployment.version ?? null,
    paused: false,
    parameter_openapi_schema: deployment.parameterSchema,
    enforce_parameter_schema: true,
  }
  if (known) await client.deployments.update(known.id, body)
  const { id } = known ?? (await client.deployments.create({ name, flow_id: flowId, ...body }))
  try {
    await client.automations.deleteOwnedBy(ownerOf(id))
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error
    if (deployment.triggers?.length)
      say(`triggers of '${name}' are left out: this API has no automations`)
    return { ...deployment, id, flowId }
  }
  for (const [i, trigger] of (deployment.triggers ?? []).entries()) {
    await client.automations.create(automationOf(trigger, { id, name }, i + 1))
  }
  return { ...deployment, id, flowId }
}
