// Sockets of the console where keys are demanded: a browser can show no key in an upgrade, but it sends the session's cookie along. Only
// sockets take it, and only from our own pages: a cookie is sent for whoever makes the browser ask.
import { SESSION, sessions } from '../steps/console-session.ts'
import type { Upgrade } from './connection.ts'
import type { Gate } from './gate.ts'

/** What tells a session from a key among credentials; no key begins so. */
const MARK = 'session:'

/** The session of an upgrade that one of our pages asked for; null: there is none, or the page is somebody else's. */
export function sessionCredential({ header }: Pick<Upgrade, 'header'>): string | null {
  const origin = header('origin') ?? ''
  if (!URL.canParse(origin) || new URL(origin).host !== header('host')) return null
  const cookies = (header('cookie') ?? '').split(/;\s*/).map((cookie) => cookie.split('='))
  const [, value] = cookies.find(([name]) => name === SESSION) ?? []
  return value ? MARK + decodeURIComponent(value) : null
}

/** A gate that takes sessions for the keys that they were begun with. */
export function sessionGate(gate: Gate, services: Parameters<typeof sessions>[0]): Gate {
  const { keyOf } = sessions(services)
  return {
    async enter({ credentials, address }) {
      const keys = credentials.map((shown) =>
        shown?.startsWith(MARK) ? keyOf(shown.slice(MARK.length)) : shown,
      )
      return gate.enter({ credentials: await Promise.all(keys), address })
    },
  }
}
