// Artifacts of runs, and the collections that those of one key are (Prefect: server/api/artifacts.py).
import {
  ARTIFACT_ORDERS,
  type Artifact,
  type ArtifactCollection,
  artifactCreateSchema,
  artifactFilter,
  artifactUpdateSchema,
  changeArtifact,
  collectionFilter,
} from '../../core/artifact.ts'
import { Refusal } from '../../core/errors.ts'
import type { Services } from '../../core/ports.ts'
import { parseBody } from '../../core/schema.ts'
import { formatInstant } from '../../core/time.ts'
import type { Workspace } from '../../core/workspace.ts'
import { amend, remove } from '../../steps/amend.ts'
import { type Filters, filterFields, listRuns } from '../listing.ts'
import { listingRoutes } from '../listing-routes.ts'
import { created, idParam, noContent, ok, type Route } from '../route.ts'

/** Artifacts of one key that a listing looks at, newest first. */
const LISTED_MAX = 2_000

const { flows, flow_runs, deployments, task_runs } = filterFields
const runFilters = { flows, flow_runs, deployments, task_runs }

const notThere = () => new Refusal(404, 'Artifact not found.')

type Uses = Pick<
  Services,
  'artifacts' | 'flows' | 'deployments' | 'runs' | 'workPools' | 'clock' | 'ids'
>

export const artifactRoutes = (services: Uses): Route[] => [
  ...listings(services),
  ...versionRoutes(services),
]

function listings(services: Uses): Route[] {
  const { artifacts } = services

  /** Whether the run that left something behind passes the filters of a listing. */
  async function ofRuns(
    workspace: Workspace,
    { flows, flow_runs, deployments }: Filters,
  ): Promise<(listed: { flow_run_id: string | null }) => boolean> {
    if (!flows && !flow_runs && !deployments) return () => true
    const runs = await listRuns(services, workspace, { flows, flow_runs, deployments })
    const meant = new Set(runs.map(({ id }) => id))
    return ({ flow_run_id: id }) => id !== null && meant.has(id)
  }

  return [
    ...listingRoutes({
      path: '/artifacts',
      what: 'artifacts',
      filters: { artifacts: artifactFilter.schema, ...runFilters },
      orders: ARTIFACT_ORDERS,
      async list(workspace, asked): Promise<Artifact[]> {
        const passes = await ofRuns(workspace, asked)
        const all = await artifacts.list(workspace, LISTED_MAX)
        return all.filter((one) => artifactFilter.passes(asked.artifacts, one) && passes(one))
      },
      show: (_, page) => page,
    }),
    ...listingRoutes({
      path: '/artifacts/latest',
      what: 'the last artifacts of each key',
      filters: { artifacts: collectionFilter.schema, ...runFilters },
      orders: ARTIFACT_ORDERS,
      async list(workspace, asked): Promise<ArtifactCollection[]> {
        const passes = await ofRuns(workspace, asked)
        const all = await artifacts.collections(workspace)
        return all.filter((one) => collectionFilter.passes(asked.artifacts, one) && passes(one))
      },
      show: (_, page) => page,
    }),
  ]
}

function versionRoutes({ artifacts, clock, ids }: Uses): Route[] {
  return [
    {
      method: 'POST',
      path: '/artifacts',
      summary: 'Keep an artifact: the next version of its key, if it has one',
      body: artifactCreateSchema,
      answers: [201],
      async handle(call) {
        const sent = parseBody(artifactCreateSchema, await call.body())
        const now = formatInstant(clock.now())
        const artifact: Artifact = { id: ids.next(), created: now, updated: now, ...sent }
        await artifacts.create(call.workspace, artifact, ids.next())
        return created(artifact)
      },
    },
    {
      method: 'GET',
      path: '/artifacts/:key/latest',
      summary: 'The last artifact of a key',
      async handle(call) {
        const [latest] = await artifacts.ofKey(call.workspace, call.params.key ?? '', 1)
        if (!latest) throw notThere()
        return ok(latest)
      },
    },
    {
      method: 'GET',
      path: '/artifacts/:id',
      summary: 'An artifact',
      async handle(call) {
        const found = await artifacts.get(call.workspace, idParam(call))
        if (!found) throw notThere()
        return ok(found.value)
      },
    },
    {
      method: 'PATCH',
      path: '/artifacts/:id',
      summary: 'Change some of an artifact',
      body: artifactUpdateSchema,
      async handle(call) {
        const id = idParam(call)
        const sent = parseBody(artifactUpdateSchema, await call.body())
        const changed = await amend<Artifact>(
          () => artifacts.get(call.workspace, id),
          (was) => changeArtifact(was, sent, formatInstant(clock.now())),
          (next, was) => artifacts.replace(call.workspace, next, was),
        )
        if (!changed) throw notThere()
        return noContent
      },
    },
    {
      method: 'DELETE',
      path: '/artifacts/:id',
      summary: 'Delete an artifact; the version before it becomes the last',
      async handle(call) {
        const id = idParam(call)
        const isGone = await remove<Artifact>(
          () => artifacts.get(call.workspace, id),
          (was) => artifacts.delete(call.workspace, was),
        )
        if (!isGone) throw notThere()
        return noContent
      },
    },
  ]
}
