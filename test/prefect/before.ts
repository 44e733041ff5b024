// What was there before a recording began: whatever it reads without having made it. Made through our own API where that can be,
// so that names and ids hang together as ours do.

import type { FlowRun, StateType } from '../../lib/core/run.ts'
import { newState } from '../../lib/core/run-state.ts'
import { parseInstant } from '../../lib/core/time.ts'
import { DEFAULT_WORKSPACE } from '../../lib/core/workspace.ts'
import type { Fakes } from '../fakes.ts'
import { compare, type Frame, isObject } from './compare.ts'

type Seen = Record<string, unknown> & { id: string }

export interface Before {
  frames: Frame[]
  here: Fakes
  ids: Map<string, string>
  /** A value with our ids in the place of theirs. */
  translate: <T>(value: T) => T
  /** Posts to our API, in our ids, and answers what it said. */
  make(path: string, body: object): Promise<unknown>
}

/**
 * Makes it all, in the order in which one thing needs another. Runs may have come while the recording went on: the answer lets
 * those come that had come by a moment.
 */
export async function makeWhatWasThere(
  before: Before,
): Promise<(moment: string) => Promise<unknown>> {
  const { frames, here, ids, translate } = before
  const read = readButNotMade(frames)
  const make = async (path: string, body: object, theirs: Seen) => {
    compare(theirs, await before.make(path, body), '', ids)
  }

  for (const flow of read.flows) await make('/flows/', sentOf(flow, ['name', 'tags']), flow)
  for (const pool of read.pools) {
    await make('/work_pools/', sentOf(pool, POOL_FIELDS), pool)
    if (pool.status === 'READY') {
      await before.make(`/work_pools/${pool.name}/workers/heartbeat`, { name: 'somebody' })
      await before.make(`/work_pools/${pool.name}/get_scheduled_flow_runs`, {})
    }
  }
  for (const deployment of read.deployments) {
    const { work_pool_name: name } = deployment
    if (name && !read.pools.some((pool) => pool.name === name)) {
      await before.make('/work_pools/', { name, type: 'process' })
    }
    await make('/deployments/', sentOf(deployment, DEPLOYMENT_FIELDS), deployment)
    const was = await here.services.deployments.get(DEFAULT_WORKSPACE, translate(deployment.id))
    if (!was) throw new Error(`deployment ${deployment.name} was not made`)
    const next = { ...was.value, ...sentOf(deployment, ['last_polled', 'status']) }
    await here.services.deployments.replace(DEFAULT_WORKSPACE, next, was)
  }
  for (const variable of read.variables) {
    await make('/variables/', sentOf(variable, ['name', 'value', 'tags']), variable)
  }
  for (const automation of read.automations) {
    const { id, created, updated, ...sent } = automation
    await make('/automations/', sent, automation)
  }
  if (read.logs.length > 0) {
    const fields = ['name', 'level', 'message', 'timestamp', 'flow_run_id', 'task_run_id']
    await before.make(
      '/logs/',
      read.logs.map((line) => sentOf(line, fields)),
    )
  }
  const waiting = read.runs.map((run) => translate(stored(run)) as unknown as FlowRun)
  return async (moment) => {
    const come = waiting.filter(({ created }) => created <= moment)
    for (const run of come) waiting.splice(waiting.indexOf(run), 1)
    await here.services.runs.create(DEFAULT_WORKSPACE, come)
  }
}

const POOL_FIELDS = ['name', 'type', 'base_job_template', 'is_paused', 'description']
const DEPLOYMENT_FIELDS = [
  'name',
  'flow_id',
  'version',
  'description',
  'paused',
  'parameters',
  'parameter_openapi_schema',
  'tags',
  'work_pool_name',
  'path',
  'entrypoint',
  'pull_steps',
  'job_variables',
  'enforce_parameter_schema',
  'labels',
]

const sentOf = (seen: Seen, fields: string[]) =>
  Object.fromEntries(fields.map((field) => [field, seen[field]]))

/** Fields of answers about runs that are derived when they are asked for. */
const DERIVED = [
  'state_id',
  'state_type',
  'state_name',
  'estimated_run_time',
  'estimated_start_time_delta',
]

/** A run as we keep it. Those that a worker is given have neither state nor pool in Prefect's answer. */
function stored(run: Seen): object {
  const fields = Object.entries(run).filter(([field]) => !DERIVED.includes(field))
  const scheduled_time = run.next_scheduled_start_time as string | null
  const state = newState(
    '',
    {
      type: run.state_type as StateType,
      name: String(run.state_name),
      state_details: { scheduled_time },
    },
    { id: String(run.state_id), now: parseInstant(String(run.created)) ?? 0 },
  )
  const given = Object.fromEntries(fields)
  return { ...given, state: run.state ?? state, previous_state: null }
}

const KINDS = {
  flows: /\/flows\//,
  pools: /\/work_pools\/(filter|[^/]+)$/,
  deployments: /\/deployments\/(filter|name\/.*|[0-9a-f-]{36})$/,
  variables: /\/variables\//,
  automations: /\/automations\/(filter|related-to\/.*|[0-9a-f-]{36})$/,
  logs: /\/logs\/filter$/,
  runs: /get_scheduled_flow_runs$|\/flow_runs\/(filter|[0-9a-f-]{36})$/,
}
type Kind = keyof typeof KINDS

/** Objects that a recording shows before it makes them, by kind, as they were first seen. */
function readButNotMade(frames: Frame[]): Record<Kind, Seen[]> {
  const known = new Set<unknown>()
  const read: Record<Kind, Seen[]> = {
    flows: [],
    pools: [],
    deployments: [],
    variables: [],
    automations: [],
    runs: [],
    logs: [],
  }
  const note = (kind: Kind, object: Seen) => {
    if (!known.has(object.id)) read[kind].push(object)
    known.add(object.id)
  }

  for (const { m, path = '', st, res } of frames) {
    const kind = (Object.keys(KINDS) as Kind[]).find((one) => KINDS[one].test(path))
    const shown = [res].flat().filter(isObject)
    const objects = shown.map((one) => (givenToWorker(one) ?? one) as Seen)
    for (const object of objects) {
      if (st === 201) known.add(object.id)
      if (st !== 200 || !kind || !object.id) continue
      const flow = m === 'GET' && /\/deployments\/name\/([^/]+)\//.exec(path)?.[1]
      if (flow) note('flows', { id: String(object.flow_id), name: flow, tags: [] })
      note(kind, object)
    }
  }
  return read
}

/** The run in an answer to a worker's poll, with the pool that it came from. */
function givenToWorker({ flow_run: run, work_pool_id }: Record<string, unknown>): object | null {
  if (!isObject(run)) return null
  return { ...run, work_pool_id, work_pool_name: 'my-work-pool', work_queue_name: 'default' }
}
