// What requests about API keys may say, and the key that they make.
import { z } from 'zod'
import { type ApiKey, OVERLAP_SECONDS, OVERLAP_SECONDS_MAX, SCOPES, secretOf } from './api-key.ts'
import { Refusal } from './errors.ts'
import { pageFields } from './order.ts'
import { boolean, float, instant, uuid } from './schema.ts'
import { type Micros, parseInstant } from './time.ts'
import type { Workspace } from './workspace.ts'

/** Characters of a name, as of Prefect's names elsewhere. */
const NAME_LENGTH_MAX = 255

/** The body of POST /keys. */
export const keyCreateSchema = z.strictObject({
  name: z.string().min(1).max(NAME_LENGTH_MAX),
  scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length).default(['write']),
  expires_at: instant.nullish(),
})

export const keyRotateSchema = z.strictObject({
  /** How long the old text is taken as well; 0: no longer. */
  overlap_seconds: float.pipe(z.number().min(0).max(OVERLAP_SECONDS_MAX)).default(OVERLAP_SECONDS),
})

const anyOf = z.strictObject({ any_: z.array(z.string()) }).nullish()

export const keyFilterSchema = z.object({
  api_keys: z
    .strictObject({ id: z.strictObject({ any_: z.array(uuid) }).nullish(), name: anyOf })
    .nullish(),
  /** Also keys that are revoked or expired. */
  include_inactive: boolean.default(false),
  ...pageFields,
})

interface Making {
  id: string
  workspace: Workspace
  text: string
  now: string
  at: Micros
}

/** @throws Refusal 422 when the key would have expired already */
export function newKey(
  { name, scopes, expires_at }: z.output<typeof keyCreateSchema>,
  { id, workspace, text, now, at }: Making,
): ApiKey {
  if (expires_at && (parseInstant(expires_at) ?? 0) <= at) {
    throw new Refusal(
      422,
      `expires_at: ${expires_at} has passed; leave it out for a key that stays`,
    )
  }
  return {
    id,
    created: now,
    updated: now,
    workspace_id: workspace,
    name,
    scopes: [...new Set(scopes)],
    expires_at: expires_at ?? null,
    revoked_at: null,
    last_used_at: null,
    secrets: [secretOf(text, now)],
  }
}
