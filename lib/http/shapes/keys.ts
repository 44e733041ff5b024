// Shapes of API keys.
import { z } from 'zod'
import { SCOPES } from '../../core/api-key.ts'
import { id, instant, named, stored, text } from './fields.ts'

const keyFields = {
  ...stored,
  workspace_id: id,
  name: text,
  scopes: z.array(z.enum(SCOPES)),
  expires_at: instant.nullable(),
  revoked_at: instant.nullable(),
  last_used_at: instant.nullable(),
  status: z.enum(['active', 'expired', 'revoked']),
  hint: text.describe('The last characters of its text'),
  rotated_at: instant.nullable(),
}

export const key = named('ApiKey', keyFields)

/** The one answer that holds its text. */
export const newKey = named('NewApiKey', { ...keyFields, key: text })
