// The first key of a server that demands keys: without it nobody could make any.
import { type ApiKey, keyText, permits, statusOf } from '../core/api-key.ts'
import { newKey } from '../core/api-key-schema.ts'
import type { Services } from '../core/ports.ts'
import { formatInstant, type Micros } from '../core/time.ts'
import { DEFAULT_WORKSPACE } from '../core/workspace.ts'

const NAME = 'first admin key'

/** Makes an admin key of the default workspace if it has none that is good, and answers its text: nobody will see it again. */
export async function firstKey({
  apiKeys,
  clock,
  ids,
}: Pick<Services, 'apiKeys' | 'clock' | 'ids'>): Promise<string | null> {
  const at = clock.now()
  const known = await apiKeys.list(DEFAULT_WORKSPACE)
  if (known.some((key) => mayAdminister(key, at))) return null
  const id = ids.next()
  const text = keyText(id, ids.secret())
  const sent = { name: NAME, scopes: ['admin' as const] }
  const now = formatInstant(at)
  await apiKeys.create(newKey(sent, { id, workspace: DEFAULT_WORKSPACE, text, now, at }))
  return text
}

const mayAdminister = (key: ApiKey, now: Micros): boolean =>
  statusOf(key, now) === 'active' && permits(key.scopes, 'admin')
