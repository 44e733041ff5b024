// Schemas of blocks (Prefect: server/api/block_schemas.py): those of the clients that register theirs, and those that need not be.
import { z } from 'zod'
import { type BlockSchema, BUILT_IN_SCHEMAS, newSchema } from '../../core/block.ts'
import { blockSchemaFilter } from '../../core/block-filter.ts'
import { notFound, Refusal } from '../../core/errors.ts'
import { ascending, pageFields, pageOf } from '../../core/order.ts'
import type { Services } from '../../core/ports.ts'
import { dictionary, parseBody, uuid } from '../../core/schema.ts'
import { formatInstant } from '../../core/time.ts'
import type { Workspace } from '../../core/workspace.ts'
import { type Call, created, idParam, noContent, ok, type Route } from '../route.ts'
import { blockTypes } from './block-types.ts'

type Uses = Pick<Services, 'blocks' | 'clock' | 'ids'>

const fields = dictionary(z.unknown())

const schemaCreateSchema = z.strictObject({
  fields: fields.default({}),
  block_type_id: uuid,
  capabilities: z.array(z.string()).default([]),
  version: z.string().default('non-versioned'),
})
const schemaListingSchema = z.object({ block_schemas: blockSchemaFilter.schema, ...pageFields })

/** Schemas of a workspace: those that were registered, and those that need not be. */
export function blockSchemas({ blocks }: Pick<Services, 'blocks'>) {
  return {
    async get(workspace: Workspace, id: string): Promise<BlockSchema | null> {
      const builtIn = BUILT_IN_SCHEMAS.find((schema) => schema.id === id)
      return builtIn ?? (await blocks.getSchema(workspace, id))?.value ?? null
    },
    list: async (workspace: Workspace): Promise<BlockSchema[]> => [
      ...BUILT_IN_SCHEMAS,
      ...(await blocks.listSchemas(workspace)),
    ],
  }
}

/** BlockSchema, with its type. */
export async function schemaAnswer(services: Uses, workspace: Workspace, schema: BlockSchema) {
  const type = await blockTypes(services).get(workspace, schema.block_type_id)
  return { ...schema, block_type: type }
}

export function blockSchemaRoutes(services: Uses): Route[] {
  const { blocks, clock } = services
  const schemas = blockSchemas({ blocks })
  const answer = (call: Call, schema: BlockSchema) => schemaAnswer(services, call.workspace, schema)

  async function bySchemaId(call: Call): Promise<BlockSchema> {
    const schema = await schemas.get(call.workspace, idParam(call))
    if (!schema) throw notFound('Block schema')
    return schema
  }

  return [
    {
      method: 'POST',
      path: '/block_schemas',
      summary: 'Register a block schema; one that is known is answered as it is',
      body: schemaCreateSchema,
      answers: [201],
      async handle(call) {
        const sent = parseBody(schemaCreateSchema, await call.body())
        await blockTypes(services).read(call.workspace, sent.block_type_id)
        const schema = newSchema(sent, formatInstant(clock.now()))
        const known = await schemas.get(call.workspace, schema.id)
        if (known) return ok(await answer(call, known))
        await blocks.createSchema(call.workspace, schema)
        return created(await answer(call, schema))
      },
    },
    {
      method: 'POST',
      path: '/block_schemas/filter',
      summary: 'Block schemas that meet a filter, page by page',
      body: schemaListingSchema,
      async handle(call) {
        const asked = parseBody(schemaListingSchema, (await call.body()) ?? {})
        const all = await schemas.list(call.workspace)
        const found = all.filter((schema) => blockSchemaFilter.passes(asked.block_schemas, schema))
        return ok(await Promise.all(pageOf(found, asked).map((schema) => answer(call, schema))))
      },
    },
    {
      method: 'GET',
      path: '/block_schemas/checksum/:checksum',
      query: { version: z.string().optional() },
      summary: 'The latest block schema of a checksum',
      async handle(call) {
        const version = call.query.get('version')
        const found = (await schemas.list(call.workspace)).filter(
          (schema) =>
            schema.checksum === call.params.checksum &&
            (version === null || schema.version === version),
        )
        const latest = found.sort(ascending(({ created }) => created)).at(-1)
        if (!latest) throw notFound('Block schema')
        return ok(await answer(call, latest))
      },
    },
    {
      method: 'GET',
      path: '/block_schemas/:id',
      summary: 'A block schema',
      handle: async (call) => ok(await answer(call, await bySchemaId(call))),
    },
    {
      method: 'DELETE',
      path: '/block_schemas/:id',
      summary: 'Forget a block schema that was registered',
      async handle(call) {
        const { id } = await bySchemaId(call)
        if (await blocks.deleteSchema(call.workspace, id)) return noContent
        throw new Refusal(403, 'Block schemas for protected block types cannot be deleted.')
      },
    },
  ]
}
