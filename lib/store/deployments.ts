// Deployments. One partition per workspace, like flows.
import type { Deployment } from '../core/deployment.ts'
import type { DeploymentStore } from '../core/ports.ts'
import { KIND } from '../names.ts'
import type { Table } from './client.ts'
import { objectsOf } from './objects.ts'
import { keys } from './table.ts'

export const deploymentStore = (table: Table): DeploymentStore =>
  objectsOf<Deployment>(table, KIND.deployment, keys.deployment, (deployment) => deployment.id)
