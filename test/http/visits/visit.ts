// A visit asks routes of one kind for the least that has something in each answer.
import type { Fakes } from '../../fakes.ts'

/** Asks, and hands back the answer's JSON, whatever it is. */
export type Asked = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<ReturnType<typeof JSON.parse>>

/** What is around a visit: the services, and the road that events take whenever it is travelled. */
export interface Place {
  here: Fakes
  travel(): Promise<void>
}

export type Visit = (ask: Asked, place: Place) => Promise<void>

/** Asks a listing in each of its ways. */
export async function list(
  ask: Asked,
  path: string,
  ways: string[] = ['filter', 'count', 'paginate'],
): Promise<void> {
  for (const way of ways) await ask('POST', `${path}/${way}`, {})
}

/** The ways of a listing that has no pages by number. */
export const FEW = ['filter', 'count']

/** A deployment of the flow `bake`. */
export async function deploy(ask: Asked, over: object = {}): ReturnType<Asked> {
  const flow = await ask('POST', '/flows/', { name: 'bake', tags: ['bread'] })
  return ask('POST', '/deployments/', { name: 'daily', flow_id: flow.id, ...over })
}
