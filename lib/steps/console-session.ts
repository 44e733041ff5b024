// The console's sessions where keys are demanded: the key that somebody logged in with, sealed together with an end into a cookie that no script
// can read. There is nothing to store and nothing to forget: a key that is revoked ends its sessions.
import type { Services } from '../core/ports.ts'
import { formatInstant, MICROS_PER_SECOND } from '../core/time.ts'

/** The cookie. */
export const SESSION = 'tripline-session'
/** A working day; then the key is asked for again. */
export const SESSION_SECONDS = 12 * 3_600
/** What a session is sealed for, so that no other sealed text passes for one. */
const CONTEXT = 'console-session'
/** Sessions whose key is remembered, so that opening one costs nothing but once per process. */
const REMEMBERED_MAX = 200

/** Begins sessions, and finds the key of one. */
export function sessions({ secrets, clock }: Pick<Services, 'secrets' | 'clock'>) {
  const opened = new Map<string, string>()

  async function textOf(cookie: string): Promise<string | null> {
    const known = opened.get(cookie)
    if (known !== undefined) return known
    // Whatever cannot be opened was not sealed by us: there is no session.
    const text = await secrets.open(cookie, CONTEXT).catch(() => null)
    if (text === null) return null
    opened.set(cookie, text)
    if (opened.size > REMEMBERED_MAX) opened.delete(opened.keys().next().value as string)
    return text
  }

  return {
    /** The cookie of a session that begins now with a key that was found good. */
    begin(key: string): Promise<string> {
      const until = formatInstant(clock.now() + SESSION_SECONDS * MICROS_PER_SECOND)
      return secrets.seal(`${until} ${key}`, CONTEXT)
    },
    /** The key of a session; null when there is none or it is over. */
    async keyOf(cookie: string | undefined): Promise<string | null> {
      if (!cookie) return null
      const text = await textOf(cookie)
      const [until = '', key = ''] = (text ?? '').split(' ')
      return key !== '' && until > formatInstant(clock.now()) ? key : null
    },
  }
}
