// How the console changes anything: by the API's own routes, called in this process. So a button can do nothing that a request
// cannot, is refused for the same reasons in the same words, and whatever guards a route guards its button.
import { Refusal } from '../core/errors.ts'
import { type Caller, workspaceFor } from '../http/gate.ts'
import { type Route, scopeOf } from '../http/route.ts'

export interface Asked {
  caller: Caller
  /** Where the API is reached, as in a route's call. */
  base: string
}

/** Calls a route, `path` being below /api; answers its body, or its lines as they come. Throws what the route throws. */
export type Change = (method: Route['method'], path: string, body?: unknown) => Promise<unknown>

/** Finds routes as the API does, the first that fits, and asks the same scope of the caller's key. */
export function changesBy(routes: Route[]): (asked: Asked) => Change {
  const table = routes
    .filter(({ scope }) => scope !== 'account')
    .map((route) => ({ route, pattern: patternOf(route.path) }))
  return ({ caller, base }) =>
    async (method, path, body) => {
      for (const { route, pattern } of table) {
        const params = route.method === method ? pattern.exec(path)?.groups : undefined
        if (params === undefined) continue
        const answer = await route.handle({
          workspace: workspaceFor(caller, null, scopeOf(route)),
          caller,
          base,
          params: decoded(params),
          query: new URLSearchParams(),
          body: async () => body,
          header: () => undefined,
        })
        return answer.lines ?? answer.body
      }
      throw new Refusal(404, 'Not Found')
    }
}

function patternOf(path: string): RegExp {
  const parts = path.split('/').map((part) => {
    if (part.startsWith(':')) return `(?<${part.slice(1)}>[^/]+)`
    return part.replaceAll(/[^\w-]/g, (character) => `\\${character}`)
  })
  return new RegExp(`^(?<all>${parts.join('/')})$`)
}

const decoded = ({ all, ...params }: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(params).map(([key, text]) => [key, decodeURIComponent(text)]))
