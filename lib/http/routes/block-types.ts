// Block types (Prefect: server/api/block_types.py): those that actions use are there from the start and stay as they are; others are
// registered by the clients that bring them, such as blocks that results or secrets are kept in.
import { z } from 'zod'
import {
  BLOCK_TYPES,
  type BlockType,
  blockTypeById,
  blockTypeBySlug,
  blockTypeId,
} from '../../core/block.ts'
import { listedTypeFilter } from '../../core/block-filter.ts'
import { Refusal } from '../../core/errors.ts'
import { ascending, pageFields, pageOf } from '../../core/order.ts'
import type { Services } from '../../core/ports.ts'
import { NAME_LENGTH_MAX } from '../../core/run-schema.ts'
import { parseBody } from '../../core/schema.ts'
import { formatInstant } from '../../core/time.ts'
import type { Workspace } from '../../core/workspace.ts'
import { amend } from '../../steps/amend.ts'
import { created, idParam, noContent, ok, type Route } from '../route.ts'

const text = z.string().nullable()
const words = text.default(null)
const createSchema = z.strictObject({
  name: z.string().min(1).max(NAME_LENGTH_MAX),
  slug: z
    .string()
    .max(NAME_LENGTH_MAX)
    .regex(/^[a-z0-9-]+$/),
  logo_url: words,
  documentation_url: words,
  description: words,
  code_example: words,
})

/** What is left out stays. */
const updateSchema = z.strictObject({
  logo_url: text.optional(),
  documentation_url: text.optional(),
  description: text.optional(),
  code_example: text.optional(),
})
const listingSchema = z.object({ block_types: listedTypeFilter.schema, ...pageFields })

const notThere = (which: string) => new Refusal(404, `Block type ${which} not found`)
const isOurs = () => new Refusal(403, 'protected block types cannot be deleted.')

type Uses = Pick<Services, 'blocks' | 'clock'>

/** The types of a workspace: those that every one has, and those that were registered there. */
export function blockTypes({ blocks }: Pick<Services, 'blocks'>) {
  const get = async (workspace: Workspace, id: string): Promise<BlockType | null> =>
    blockTypeById(id) ?? (await blocks.getType(workspace, id))?.value ?? null

  /** @throws Refusal 404 when there is none */
  async function read(workspace: Workspace, id: string, which = id): Promise<BlockType> {
    const type = await get(workspace, id)
    if (!type) throw notThere(which)
    return type
  }

  return {
    get,
    read,
    bySlug: (workspace: Workspace, slug: string) => read(workspace, blockTypeId(slug), slug),
    list: async (workspace: Workspace): Promise<BlockType[]> => [
      ...Object.values(BLOCK_TYPES),
      ...(await blocks.listTypes(workspace)),
    ],
  }
}

export function blockTypeRoutes(services: Uses): Route[] {
  const { blocks, clock } = services
  const types = blockTypes(services)
  return [
    {
      method: 'POST',
      path: '/block_types',
      summary: 'Register a block type',
      body: createSchema,
      answers: [201],
      async handle(call) {
        const sent = parseBody(createSchema, await call.body())
        const now = formatInstant(clock.now())
        const type: BlockType = {
          ...sent,
          id: blockTypeId(sent.slug),
          created: now,
          updated: now,
          is_protected: false,
        }
        const isTaken = blockTypeBySlug(sent.slug) !== null
        if (!isTaken && (await blocks.createType(call.workspace, type))) return created(type)
        throw new Refusal(409, `Block type with name "${sent.name}" already exists`)
      },
    },
    {
      method: 'POST',
      path: '/block_types/filter',
      summary: 'Block types that meet a filter, by name',
      body: listingSchema,
      async handle(call) {
        const asked = parseBody(listingSchema, (await call.body()) ?? {})
        const all = await types.list(call.workspace)
        const found = all.filter((type) => listedTypeFilter.passes(asked.block_types, type))
        return ok(pageOf(found.sort(ascending(({ name }) => name)), asked))
      },
    },
    {
      method: 'GET',
      path: '/block_types/slug/:slug',
      summary: 'A block type by its slug',
      handle: async (call) => ok(await types.bySlug(call.workspace, call.params.slug ?? '')),
    },
    {
      method: 'GET',
      path: '/block_types/:id',
      summary: 'A block type',
      handle: async (call) => ok(await types.read(call.workspace, idParam(call))),
    },
    {
      method: 'PATCH',
      path: '/block_types/:id',
      summary: 'Change what a block type says of itself; of types that are ours it is ignored',
      body: updateSchema,
      async handle(call) {
        const id = idParam(call)
        const sent = parseBody(updateSchema, (await call.body()) ?? {})
        if (blockTypeById(id)) return noContent
        const given = Object.entries(sent).filter(([, value]) => value !== undefined)
        const changes = Object.fromEntries(given) as Partial<BlockType>
        const changed = await amend<BlockType>(
          () => blocks.getType(call.workspace, id),
          (type) => ({ ...type, ...changes, updated: formatInstant(clock.now()) }),
          (next, was) => blocks.replaceType(call.workspace, next, was),
        )
        if (!changed) throw notThere(id)
        return noContent
      },
    },
    {
      method: 'DELETE',
      path: '/block_types/:id',
      summary: 'Forget a block type that was registered, with its documents',
      async handle(call) {
        const id = idParam(call)
        if (blockTypeById(id)) throw isOurs()
        for (const document of await blocks.list(call.workspace)) {
          if (document.block_type_id === id) await blocks.delete(call.workspace, document.id)
        }
        if (!(await blocks.deleteType(call.workspace, id))) throw notThere(id)
        return noContent
      },
    },
  ]
}
