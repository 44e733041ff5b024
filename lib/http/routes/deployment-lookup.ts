// How routes find and change the deployment that they are about.
import type { Deployment } from '../../core/deployment.ts'
import { notFound } from '../../core/errors.ts'
import type { Services } from '../../core/ports.ts'
import type { Workspace } from '../../core/workspace.ts'
import { amend } from '../../steps/amend.ts'

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

/** Changes it by what is decided of its latest state. @throws Refusal 404 when there is none */
export async function amendDeployment(
  { deployments }: Pick<Services, 'deployments'>,
  workspace: Workspace,
  id: string,
  decide: (was: Deployment) => Deployment,
): Promise<Deployment> {
  const changed = await amend<Deployment>(
    () => deployments.get(workspace, id),
    decide,
    (deployment, was) => deployments.replace(workspace, deployment, was),
  )
  if (!changed) throw notFound('Deployment')
  return changed
}
