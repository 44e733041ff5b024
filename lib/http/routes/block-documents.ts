// Documents of blocks (Prefect: server/api/block_documents.py). Their data are sealed before they are stored.
import { z } from 'zod'
import {
  type BlockDocument,
  type BlockSchema,
  blockDocumentId,
  typeOfDocument,
} from '../../core/block.ts'
import { blockDocumentFilter, blockSchemaFilter, blockTypeFilter } from '../../core/block-filter.ts'
import { obfuscate, secretFields, updatedData } from '../../core/block-secrets.ts'
import { objectName } from '../../core/deployment-schema.ts'
import { notFound, Refusal } from '../../core/errors.ts'
import { ascending, pageFields, pageOf } from '../../core/order.ts'
import type { Services, Stored } from '../../core/ports.ts'
import { boolean, dictionary, parseBody, uuid } from '../../core/schema.ts'
import { formatInstant } from '../../core/time.ts'
import type { Workspace } from '../../core/workspace.ts'
import { amend } from '../../steps/amend.ts'
import { requireScope } from '../gate.ts'
import { type Answer, type Call, created, idParam, noContent, ok, type Route } from '../route.ts'
import { blockSchemas, schemaAnswer } from './block-schemas.ts'
import { blockTypes } from './block-types.ts'

type Uses = Pick<Services, 'blocks' | 'secrets' | 'clock' | 'ids'>

const data = dictionary(z.unknown())

const documentCreateSchema = z.strictObject({
  name: objectName.nullish(),
  data: data.default({}),
  block_schema_id: uuid,
  block_type_id: uuid,
  is_anonymous: boolean.default(false),
})
const documentUpdateSchema = z.strictObject({
  block_schema_id: uuid.nullish(),
  data: data.nullish(),
  merge_existing_data: boolean.default(true),
})
/** Whoever reads documents says whether with their secrets. */
const secretsAsked = { include_secrets: z.boolean().optional() }
const documentFields = {
  block_documents: blockDocumentFilter.schema,
  block_types: blockTypeFilter.schema,
  block_schemas: blockSchemaFilter.schema,
}
const documentCountSchema = z.object(documentFields)
const documentListingSchema = z.object({
  ...documentFields,
  include_secrets: boolean.default(false),
  sort: z.enum(['NAME_ASC', 'NAME_DESC', 'BLOCK_TYPE_AND_NAME_ASC']).nullish(),
  ...pageFields,
})

export const blockDocumentRoutes = (services: Uses): Route[] => [
  ...documentsOfTypeRoutes(services),
  ...documentRoutes(services),
]

function documentsOfTypeRoutes(services: Uses): Route[] {
  const { read, ofType } = reading(services)
  return [
    {
      method: 'GET',
      path: '/block_types/slug/:slug/block_documents',
      query: secretsAsked,
      summary: 'The block documents of a type',
      async handle(call) {
        const found = (await ofType(call)).filter(({ is_anonymous }) => !is_anonymous)
        return ok(await Promise.all(found.map((document) => read(call, document))))
      },
    },
    {
      method: 'GET',
      path: '/block_types/slug/:slug/block_documents/name/:name',
      query: secretsAsked,
      summary: 'A block document by its type and name',
      async handle(call) {
        const found = (await ofType(call)).find(({ name }) => name === call.params.name)
        if (!found) throw notFound('Block document')
        return ok(await read(call, found))
      },
    },
  ]
}

/** Documents as they are answered, with their secrets only when they are asked for. */
function reading(services: Uses) {
  const { blocks, secrets } = services
  const schemas = blockSchemas(services)

  const open = async ({ id, sealed }: BlockDocument): Promise<Record<string, unknown>> =>
    JSON.parse(await secrets.open(sealed, id))

  async function answer(workspace: Workspace, document: BlockDocument, withSecrets: boolean) {
    const { sealed, capabilities, secret_fields, ...fields } = document
    const schema = await schemas.get(workspace, document.block_schema_id)
    const type = await blockTypes(services).get(workspace, document.block_type_id)
    return {
      ...fields,
      data: withSecrets ? await open(document) : document.data,
      block_schema: schema && (await schemaAnswer(services, workspace, schema)),
      block_type_name: type?.name ?? null,
      block_type: type,
      block_document_references: {},
    }
  }

  return {
    open,
    answer,
    read: (call: Call, document: BlockDocument) =>
      answer(call.workspace, document, mayOpen(call, call.query.get('include_secrets') === 'true')),
    async ofType(call: Call): Promise<BlockDocument[]> {
      const { id } = await blockTypes(services).bySlug(call.workspace, call.params.slug ?? '')
      const all = await blocks.list(call.workspace)
      return all.filter(({ block_type_id }) => block_type_id === id)
    },
  }
}

function documentRoutes(services: Uses): Route[] {
  const { blocks, secrets, clock, ids } = services
  const { open, answer, read } = reading(services)

  /** What a document keeps of its data and of the schema it came with. */
  async function sealing(id: string, schema: BlockSchema, values: Record<string, unknown>) {
    const secret_fields = secretFields(schema)
    return {
      data: obfuscate(values, secret_fields),
      sealed: await secrets.seal(JSON.stringify(values), id),
      block_schema_id: schema.id,
      capabilities: schema.capabilities,
      secret_fields,
    }
  }

  async function schemaFor(call: Call, id: string, typeId: string): Promise<BlockSchema> {
    const schema = await blockSchemas(services).get(call.workspace, id)
    if (!schema) throw notFound('Block schema')
    if (schema.block_type_id === typeId) return schema
    throw new Refusal(400, 'The block schema is of another block type than the block document.')
  }

  async function byId(call: Call): Promise<Stored<BlockDocument>> {
    const found = await blocks.get(call.workspace, idParam(call))
    if (!found) throw notFound('Block document')
    return found
  }

  async function list(call: Call, asked: z.output<typeof documentCountSchema>) {
    const all = await blocks.list(call.workspace)
    const isAnonymousAsked = asked.block_documents?.is_anonymous != null
    const schemas = await blockSchemas(services).list(call.workspace)
    return all.filter((document) => {
      const schema = schemas.find(({ id }) => id === document.block_schema_id)
      return (
        (isAnonymousAsked || !document.is_anonymous) &&
        blockDocumentFilter.passes(asked.block_documents, document) &&
        blockTypeFilter.passes(asked.block_types, document) &&
        (schema === undefined || blockSchemaFilter.passes(asked.block_schemas, schema))
      )
    })
  }

  async function create(call: Call): Promise<Answer> {
    const sent = parseBody(documentCreateSchema, await call.body())
    if (!sent.name && !sent.is_anonymous) {
      throw new Refusal(422, 'Names must be provided for block documents.')
    }
    const name = sent.name || `anonymous-${ids.next()}`
    const schema = await schemaFor(call, sent.block_schema_id, sent.block_type_id)
    const type = await blockTypes(services).read(call.workspace, sent.block_type_id)
    const id = blockDocumentId(call.workspace, type.id, name)
    const now = formatInstant(clock.now())
    const document: BlockDocument = {
      id,
      created: now,
      updated: now,
      name,
      ...(await sealing(id, schema, sent.data)),
      block_type_id: type.id,
      is_anonymous: sent.is_anonymous,
      ...(type.is_protected ? {} : { block_type: { name: type.name, slug: type.slug } }),
    }
    if (!(await blocks.create(call.workspace, document))) {
      throw new Refusal(409, 'Block already exists')
    }
    return created(await answer(call.workspace, document, false))
  }

  async function update(call: Call): Promise<Answer> {
    const sent = parseBody(documentUpdateSchema, await call.body())
    const { value: document } = await byId(call)
    const schemaId = sent.block_schema_id ?? document.block_schema_id
    const schema = await schemaFor(call, schemaId, document.block_type_id)
    const was = await open(document)
    const values = sent.data ? updatedData(was, sent.data, sent.merge_existing_data) : was
    const next = await sealing(document.id, schema, values)
    const changed = await amend<BlockDocument>(
      () => blocks.get(call.workspace, document.id),
      (current) => ({ ...current, ...next, updated: formatInstant(clock.now()) }),
      (changed, stored) => blocks.replace(call.workspace, changed, stored),
    )
    if (!changed) throw notFound('Block document')
    return noContent
  }

  return [
    {
      method: 'POST',
      path: '/block_documents',
      summary: 'Create a block document',
      body: documentCreateSchema,
      answers: [201],
      handle: create,
    },
    {
      method: 'POST',
      path: '/block_documents/filter',
      summary: 'Block documents that meet filters, page by page',
      body: documentListingSchema,
      async handle(call) {
        const asked = parseBody(documentListingSchema, (await call.body()) ?? {})
        const found = (await list(call, asked)).sort(ORDERS[asked.sort ?? 'NAME_ASC'])
        const page = pageOf(found, asked)
        const withSecrets = mayOpen(call, asked.include_secrets)
        return ok(await Promise.all(page.map((one) => answer(call.workspace, one, withSecrets))))
      },
    },
    {
      method: 'POST',
      path: '/block_documents/count',
      summary: 'The number of block documents that meet filters',
      body: documentCountSchema,
      async handle(call) {
        const asked = parseBody(documentCountSchema, (await call.body()) ?? {})
        return ok((await list(call, asked)).length)
      },
    },
    {
      method: 'GET',
      path: '/block_documents/:id',
      query: secretsAsked,
      summary: 'A block document',
      handle: async (call) => ok(await read(call, (await byId(call)).value)),
    },
    {
      method: 'PATCH',
      path: '/block_documents/:id',
      summary: 'Change the data of a block document',
      body: documentUpdateSchema,
      handle: update,
    },
    {
      method: 'DELETE',
      path: '/block_documents/:id',
      summary: 'Delete a block document',
      async handle(call) {
        if (!(await blocks.delete(call.workspace, idParam(call)))) throw notFound('Block document')
        return noContent
      },
    },
  ]
}

const byName = ascending<BlockDocument>(({ name }) => name)
const byType = ascending<BlockDocument>((document) => typeOfDocument(document)?.name ?? null)

const ORDERS = {
  NAME_ASC: byName,
  NAME_DESC: (a: BlockDocument, b: BlockDocument) => byName(b, a),
  BLOCK_TYPE_AND_NAME_ASC: (a: BlockDocument, b: BlockDocument) => byType(a, b) || byName(a, b),
}

/** Secrets are for those who run flows, not for those who look on. @throws Refusal 403 when they are asked for without `write` */
function mayOpen({ caller }: Call, asksForSecrets: boolean): boolean {
  if (asksForSecrets) requireScope(caller, 'write')
  return asksForSecrets
}
