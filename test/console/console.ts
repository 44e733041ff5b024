// The console over services in memory, as a browser meets it: with its cookie, and with the token that its pages bring.
import { api } from '../../lib/entries.ts'
import { type Fakes, fakes } from '../fakes.ts'

export interface Seen {
  status: number
  text: string
  headers: Headers
}

export interface BrowserLike {
  here: Fakes
  look(path: string, headers?: Record<string, string>): Promise<Seen>
  /** Sends a form, with the token unless another is given; as htmx does where headers say so. */
  send(
    path: string,
    fields: Record<string, string>,
    token?: string,
    headers?: Record<string, string>,
  ): Promise<Seen>
  /** Asks the API. */
  say(method: string, path: string, body?: unknown): Promise<ReturnType<typeof JSON.parse>>
}

export function browser(here: Fakes = fakes(), app = api(here.services)): BrowserLike {
  const jar = new Map<string, string>()
  const cookies = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')

  async function ask(path: string, init: RequestInit): Promise<Seen> {
    const answer = await app.request(path, init)
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      jar.set(name, value)
    }
    return { status: answer.status, text: await answer.text(), headers: answer.headers }
  }

  const look = (path: string, headers: Record<string, string> = {}) =>
    ask(path, { headers: { ...headers, cookie: cookies() } })

  return {
    here,
    look,
    async send(path, fields, token, headers = {}) {
      const given = token ?? tokenOf((await look('/login')).text)
      const body = new URLSearchParams({ ...fields, _csrf: given })
      return ask(path, { method: 'POST', body, headers: { ...headers, cookie: cookies() } })
    },
    async say(method, path, body) {
      const answer = await app.request(`/api${path}`, {
        method,
        body: body === undefined ? null : JSON.stringify(body),
      })
      const text = await answer.text()
      if (answer.status >= 400) throw new Error(`${method} ${path}: ${text}`)
      return text === '' ? null : JSON.parse(text)
    },
  }
}

const tokenOf = (page: string): string => /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
