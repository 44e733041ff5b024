// What runs and automations refer to, and what lets callers in: blocks, variables and API keys.
import type { Scope } from '../core/api-key.ts'
import type { Variable } from '../core/variable.ts'
import { orNull, type Request } from './http.ts'
import type { BlockAnswer, Filter, MadeKey, NewBlock, NewVariable, ShownKey } from './wire.ts'

/** Blocks, and the types that they are of. What is secret in one is never read back. */
export const blocks = (request: Request) => ({
  create: (block: NewBlock) => request<BlockAnswer>('POST', '/block_documents/', block),
  get: (id: string) => request<BlockAnswer>('GET', `/block_documents/${id}`),
  filter: (filter: Filter = {}) =>
    request<BlockAnswer[]>('POST', '/block_documents/filter', filter),
  byName: (type: string, name: string) =>
    orNull(
      request<BlockAnswer>(
        'GET',
        `/block_types/slug/${encodeURIComponent(type)}/block_documents/name/${encodeURIComponent(name)}`,
      ),
    ),
  delete: (id: string) => request<null>('DELETE', `/block_documents/${id}`),
  types: () => request<{ id: string; slug: string }[]>('POST', '/block_types/filter', {}),
  /** The schemas of a type, the newest first. */
  schemas: (typeId: string) =>
    request<{ id: string }[]>('POST', '/block_schemas/filter', {
      block_schemas: { block_type_id: { any_: [typeId] } },
    }),
})

/** Variables by their names. */
export const variables = (request: Request) => ({
  create: (variable: NewVariable) => request<Variable>('POST', '/variables/', variable),
  byName: (name: string) =>
    orNull(request<Variable>('GET', `/variables/name/${encodeURIComponent(name)}`)),
  filter: (filter: Filter = {}) => request<Variable[]>('POST', '/variables/filter', filter),
  update: (name: string, change: Partial<NewVariable>) =>
    request<null>('PATCH', `/variables/name/${encodeURIComponent(name)}`, change),
  delete: (name: string) => request<null>('DELETE', `/variables/name/${encodeURIComponent(name)}`),
})

/** API keys. The text of one is answered once, when it is made. */
export const keys = (request: Request) => ({
  /** The one answer with the key's text: nobody can see it again. */
  create: (key: { name: string; scopes: Scope[]; expires_at?: string | null }) =>
    request<MadeKey>('POST', '/keys', key),
  get: (id: string) => request<ShownKey>('GET', `/keys/${id}`),
  filter: (filter: Filter = {}) => request<ShownKey[]>('POST', '/keys/filter', filter),
  /** A new text; the old one is taken for so many seconds more. */
  rotate: (id: string, overlap_seconds: number) =>
    request<MadeKey>('POST', `/keys/${id}/rotate`, { overlap_seconds }),
  revoke: (id: string) => request<null>('DELETE', `/keys/${id}`),
})
