// How routes find the deployment that they are about.
import type { Deployment } from '../../core/deployment.ts'
import { notFound } from '../../core/errors.ts'
import type { Services } from '../../core/ports.ts'
import type { Workspace } from '../../core/workspace.ts'

export type DeploymentServices = Pick<
  Services,
  'flows' | 'deployments' | 'runs' | 'workPools' | 'limits' | 'clock' | 'ids'
>

/** @throws Refusal 404 when there is none */
export async function readDeployment(
  { deployments }: Pick<Services, 'deployments'>,
  workspace: Workspace,
  id: string,
): Promise<Deployment> {
  const found = await deployments.get(workspace, id)
  if (!found) throw notFound('Deployment')
  return found.value
}
