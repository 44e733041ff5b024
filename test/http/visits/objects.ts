// Visits to what is kept beside runs and events, and to the server itself.
import { FEW, list, type Visit } from './visit.ts'

const server: Visit = async (ask) => {
  for (const path of ['health', 'ready', 'hello', 'version', 'admin/version', 'admin/storage'])
    await ask('GET', `/${path}`)
  await ask('POST', '/admin/advance', { by: 1.5 })
  await ask('GET', '/collections/work_pool_types')
  await ask('GET', '/collections/views/aggregate-worker-metadata')
  await ask('GET', '/limits')
  await ask('GET', '/health/report')
  await ask('GET', '/health/dead-letters')
  await ask('GET', '/health/dead-letters/7')
  await ask('POST', '/health/dead-letters/7/retry')
}

const keys: Visit = async (ask) => {
  const { id } = await ask('POST', '/keys', { name: 'till', scopes: ['ingest', 'read'] })
  await ask('GET', '/keys')
  await ask('GET', `/keys/${id}`)
  await ask('POST', '/keys/filter', {})
  await ask('POST', `/keys/${id}/rotate`)
  await ask('DELETE', `/keys/${id}`)
  await ask('POST', '/keys/filter', { include_inactive: true })
}

const workspaces: Visit = async (ask) => {
  const path = '/accounts/11111111-1111-4111-8111-111111111111/workspaces'
  const { id } = await ask('POST', path, { name: 'Bakery', handle: 'bakery' })
  await ask('GET', `${path}/${id}`)
  await ask('PATCH', `${path}/${id}`, { description: 'of bread' })
  await ask('POST', `${path}/filter`, {})
  await ask('DELETE', `${path}/${id}`)
}

const variables: Visit = async (ask) => {
  const { id } = await ask('POST', '/variables/', { name: 'grams', value: { a: [1] } })
  await ask('GET', `/variables/${id}`)
  await ask('GET', '/variables/name/grams')
  await list(ask, '/variables', FEW)
  await ask('PATCH', `/variables/${id}`, { value: 6 })
  await ask('PATCH', '/variables/name/grams', { value: 7 })
  await ask('DELETE', '/variables/name/grams')
  const other = await ask('POST', '/variables/', { name: 'litres', value: null })
  await ask('DELETE', `/variables/${other.id}`)
}

const blocks: Visit = async (ask) => {
  const { id: block_type_id } = await ask('POST', '/block_types/', { name: 'Oven', slug: 'oven' })
  const fields = { type: 'object', title: 'Oven', properties: { heat: { type: 'integer' } } }
  const sent = { block_type_id, fields, capabilities: ['bake'] }
  const { id: block_schema_id, checksum } = await ask('POST', '/block_schemas/', sent)
  const document = { name: 'stone', data: { heat: 5 }, block_type_id, block_schema_id }
  const { id } = await ask('POST', '/block_documents/', document)

  await ask('GET', `/block_types/${block_type_id}`)
  await ask('GET', '/block_types/slug/oven')
  await ask('GET', '/block_types/slug/oven/block_documents')
  await ask('GET', '/block_types/slug/oven/block_documents/name/stone')
  await ask('POST', '/block_types/filter', {})
  await ask('PATCH', `/block_types/${block_type_id}`, { description: 'hot' })
  await ask('GET', `/block_schemas/${block_schema_id}`)
  await ask('GET', `/block_schemas/checksum/${checksum}`)
  await ask('POST', '/block_schemas/filter', {})
  await ask('GET', `/block_documents/${id}`)
  await list(ask, '/block_documents', FEW)
  await ask('PATCH', `/block_documents/${id}`, { data: { heat: 6 } })

  await ask('DELETE', `/block_documents/${id}`)
  await ask('DELETE', `/block_schemas/${block_schema_id}`)
  await ask('DELETE', `/block_types/${block_type_id}`)
}

const TASK_RUN = '22222222-2222-4222-8222-222222222222'

const limits: Visit = async (ask) => {
  const path = '/v2/concurrency_limits'
  const { id } = await ask('POST', `${path}/`, { name: 'oven', limit: 3 })
  await ask('GET', `${path}/${id}`)
  await ask('POST', `${path}/filter`, {})
  await ask('PATCH', `${path}/oven`, { limit: 4 })
  await ask('POST', `${path}/increment`, { names: ['oven'], slots: 1 })
  await ask('POST', `${path}/decrement`, { names: ['oven'], slots: 1 })
  const asked = { names: ['oven'], slots: 1, holder: { type: 'task_run', id: TASK_RUN } }
  const { lease_id } = await ask('POST', `${path}/increment-with-lease`, asked)
  await ask('POST', `${path}/leases/${lease_id}/renew`, { lease_duration: 60 })
  await ask('POST', `${path}/decrement-with-lease`, { lease_id })
  await ask('DELETE', `${path}/oven`)
}

const tagLimits: Visit = async (ask) => {
  const path = '/concurrency_limits'
  const { id } = await ask('POST', `${path}/`, { tag: 'oven', concurrency_limit: 1 })
  const slot = { names: ['oven'], task_run_id: TASK_RUN }
  await ask('POST', `${path}/increment`, slot)
  await ask('GET', `${path}/${id}`)
  await ask('GET', `${path}/tag/oven`)
  await ask('POST', `${path}/filter`, {})
  await ask('POST', `${path}/decrement`, slot)
  await ask('POST', `${path}/tag/oven/reset`, { slot_override: [TASK_RUN] })
  await ask('DELETE', `${path}/${id}`)
  await ask('POST', `${path}/`, { tag: 'oven', concurrency_limit: 1 })
  await ask('DELETE', `${path}/tag/oven`)
}

export const OBJECT_VISITS: Visit[] = [
  server,
  keys,
  workspaces,
  variables,
  blocks,
  limits,
  tagLimits,
]
