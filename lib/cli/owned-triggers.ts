// Which automations are triggers of a deployment. Our server tells who owns them; Prefect's keeps that to itself, so that what it has
// is known by the name that its client gives to triggers without one.
import type { Automation } from '../core/automation.ts'
import type { Deployment } from '../core/deployment.ts'
import type { Client } from '../sdk/client.ts'
import { ApiError } from '../sdk/http.ts'
import { ownerOf } from '../sdk/triggers.ts'

/** What Prefect's server answers to a path that it has for another method, and to one that it does not have. */
const NOT_KNOWN: readonly number[] = [404, 405]

/** The triggers of a deployment, as far as the server lets them be known. */
export async function triggersOwnedBy(
  client: Client,
  { id, name }: Pick<Deployment, 'id' | 'name'>,
): Promise<Automation[]> {
  try {
    return await client.automations.ownedBy(ownerOf(id))
  } catch (error) {
    if (!(error instanceof ApiError && NOT_KNOWN.includes(error.status))) throw error
    const related = await client.automations.relatedTo(ownerOf(id))
    return related.filter((one) => onlyRuns(one, id) && isUnnamed(one, { id, name }))
  }
}

/** Whether running that deployment is all it does: then it could be said as a trigger. */
export function onlyRuns(
  { actions, actions_on_trigger, actions_on_resolve, tags }: Automation,
  deploymentId: string,
): boolean {
  const [action, ...others] = actions as { type: string; deployment_id?: string }[]
  const isAlone = [others, actions_on_trigger, actions_on_resolve, tags].every((list) => !list[0])
  return isAlone && action?.type === 'run-deployment' && action.deployment_id === deploymentId
}

const isUnnamed = ({ name }: Automation, deployment: Pick<Deployment, 'id' | 'name'>): boolean => {
  const prefix = `${deployment.name}__automation_`
  const isNumbered = name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length))
  return isNumbered || name === `Automation for deployment ${deployment.id}`
}
