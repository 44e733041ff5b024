// A client of the API over services in memory: what a test says and what it is answered.
import { api } from '../../lib/entries.ts'
import { type Fakes, fakes } from '../fakes.ts'

/** Whatever it is: tests look into it. */
type Answered = ReturnType<typeof JSON.parse>

export interface Heard {
  status: number
  body: Answered
}

export function apiClient(here: Fakes = fakes()) {
  const app = api(here.services)

  const raw = async (method: string, path: string, body?: unknown): Promise<Response> =>
    app.request(`/api${path}`, {
      method,
      body: body === undefined ? null : JSON.stringify(body),
    })

  async function json(method: string, path: string, body?: unknown): Promise<Heard> {
    const answer = await raw(method, path, body)
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? null : JSON.parse(text) }
  }

  const say = Object.assign(json, { raw })

  /** A deployment of a flow, both made if need be. */
  async function deploy(name: string, over: object = {}): Promise<{ id: string; flow_id: string }> {
    const flow = await say('POST', '/flows/', { name: 'bake' })
    const made = await say('POST', '/deployments/', { name, flow_id: flow.body.id, ...over })
    if (made.status >= 300) throw new Error(JSON.stringify(made))
    return made.body
  }

  /** Ids of the runs that a deployment's server is given. */
  async function poll(deployment: string, before?: string): Promise<string[]> {
    const body = { deployment_ids: [deployment], scheduled_before: before }
    const { body: runs } = await say('POST', '/deployments/get_scheduled_flow_runs', body)
    return runs.map(({ id }: { id: string }) => id)
  }

  return { here, say, deploy, poll }
}

/** An id that nothing has. */
export const NOTHING = '99999999-9999-4999-8999-999999999999'
