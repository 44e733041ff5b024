// The nouns of the API, one group each, in Prefect's paths and keys. Bodies and answers are the
// wire's own objects: what the REST reference says of them is true here.
import { automations, events, webhooks } from './client-events.ts'
import { concurrencyLimits, workPools, workQueues } from './client-pools.ts'
import { artifacts, deployments, flows, logs, runs, taskRuns } from './client-runs.ts'
import { blocks, keys, variables } from './client-settings.ts'
import type { Request, Send, SendForLines } from './http.ts'

export type Client = ReturnType<typeof createClient>

/**
 * A client over one way of sending. Every call throws ApiError when the server says no, and
 * UnreachableError when nobody answers; calls that look something up by name answer null when it is
 * not there.
 */
export function createClient(send: Send, sendForLines: SendForLines = notInLines) {
  const request: Request = async <T>(...args: Parameters<Send>) => (await send(...args)) as T
  return {
    /** The version of the server. */
    version: () => request<string>('GET', '/admin/version'),
    /** Lets seconds pass on a local server's clock. What is left when it answers is to be asked for again. */
    advance: (by: number) =>
      request<{ now: string; left: number }>('POST', '/admin/advance', { by }),
    flows: flows(request),
    deployments: deployments(request),
    runs: runs(request),
    taskRuns: taskRuns(request),
    artifacts: artifacts(request),
    logs: logs(request),
    automations: automations(request, sendForLines),
    events: events(request),
    webhooks: webhooks(request),
    workPools: workPools(request),
    workQueues: workQueues(request),
    concurrencyLimits: concurrencyLimits(request),
    blocks: blocks(request),
    keys: keys(request),
    variables: variables(request),
  }
}

/** For clients over something that only answers as a whole. */
const notInLines: SendForLines = () => {
  throw new Error('this client cannot read answers that come in lines')
}
