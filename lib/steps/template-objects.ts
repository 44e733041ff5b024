// What an action's templates may name beside the firing: the objects that the triggering event is about, and the workspace's
// variables, read only if a template names them (Prefect: server/events/actions.py `_relevant_native_objects`).

import { eventIdsOf, withChildren } from '../core/action-context.ts'
import type { Event, Resource } from '../core/event.ts'
import type { Firing } from '../core/firing.ts'
import { parseUuid } from '../core/ids.ts'
import { resourceOfKind } from '../core/inference.ts'
import type { Services } from '../core/ports.ts'
import type { FlowRun } from '../core/run.ts'
import type { Variable } from '../core/variable.ts'
import type { Workspace } from '../core/workspace.ts'

type Uses = Pick<Services, 'events' | 'flows' | 'deployments' | 'runs' | 'workPools' | 'variables'>

/** Objects by their names in templates. */
export type TemplateObjects = Record<string, unknown>

type Read = (id: string, resource: Resource) => Promise<unknown>

/** `variables` is read once, whoever asks. */
export function templateObjects(services: Uses, workspace: Workspace) {
  const { flows, deployments, runs, workPools } = services
  let variables: Promise<Record<string, unknown>> | null = null

  const reads: Record<string, Read> = {
    flow: async (id) => (await flows.get(workspace, id))?.value,
    deployment: async (id) => (await deployments.get(workspace, id))?.value,
    flow_run: async (id, resource) => {
      const run = (await runs.get(workspace, id))?.value
      return run && asOfEvent(run, resource)
    },
    work_pool: async (id) => (await workPools.list(workspace)).find((pool) => pool.id === id),
    work_queue: async (id) => (await findQueue(services, workspace, id))?.value,
  }

  /** Those that are still kept. */
  async function eventsOf(firing: Firing): Promise<Event[]> {
    const known = new Map(
      withChildren(firing).flatMap(({ triggering_event: event }) =>
        event ? [[event.id, event] as const] : [],
      ),
    )
    const found = await Promise.all(
      eventIdsOf(firing).map((id) => known.get(id) ?? services.events.get(workspace, id)),
    )
    return found.filter((event) => event !== null)
  }

  return {
    /** Those that the texts name and that are there. */
    async named(texts: string[], firing: Firing): Promise<TemplateObjects> {
      const found: TemplateObjects = {}
      for (const [name, read] of Object.entries(reads)) {
        if (!texts.some((text) => names(text, name))) continue
        const resource = resourceOfKind(firing, name.replaceAll('_', '-'))
        const id = parseUuid(resource?.['prefect.resource.id']?.split('.').at(-1) ?? '')
        const object = resource && id ? await read(id, resource) : null
        if (object) found[name] = object
      }
      if (texts.some((text) => names(text, 'variables'))) found.variables = await this.variables()
      if (texts.some((text) => names(text, 'events'))) found.events = await eventsOf(firing)
      return found
    },

    variables(): Promise<Record<string, unknown>> {
      variables ??= services.variables.list(workspace).then(byName)
      return variables
    },
  }
}

/** Whether a template may name it: the word occurs. */
const names = (text: string, name: string): boolean => new RegExp(`\\b${name}\\b`).test(text)

const byName = (variables: Variable[]): Record<string, unknown> =>
  Object.fromEntries(variables.map(({ name, value }) => [name, value]))

/** The run in the state that the event tells of: it may have moved on since. */
function asOfEvent(run: FlowRun, resource: Resource): object {
  const name = resource['prefect.state-name']
  const type = resource['prefect.state-type']
  if (name === undefined || type === undefined) return run
  const message = resource['prefect.state-message'] ?? ''
  const timestamp = resource['prefect.state-timestamp'] ?? run.state?.timestamp
  return { ...run, state: { ...run.state, name, type, message, timestamp } }
}

/** A queue by its id: queues are kept by name under their pools. */
export async function findQueue(
  { workPools }: Pick<Services, 'workPools'>,
  workspace: Workspace,
  id: string,
) {
  for (const pool of await workPools.list(workspace)) {
    const queues = await workPools.queues(workspace, pool.name)
    const found = queues.find(({ value }) => value.id === id)
    if (found) return found
  }
  return null
}
