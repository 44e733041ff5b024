// Which block schemas and block documents a listing asks for.
import { z } from 'zod'
import { type BlockDocument, type BlockSchema, type BlockType, typeOfDocument } from './block.ts'
import { by, type Filter, filterOf, flag, tags, text } from './criteria.ts'
import { uuid } from './schema.ts'

const ids = text(uuid)
const words = text(z.string())

export const blockSchemaFilter: Filter<BlockSchema> = filterOf({
  id: by(ids, (schema: BlockSchema) => schema.id),
  block_type_id: by(ids, (schema) => schema.block_type_id),
  block_capabilities: by(tags, (schema) => schema.capabilities),
  version: by(words, (schema) => schema.version),
})

export const blockDocumentFilter: Filter<BlockDocument> = filterOf({
  id: by(ids, (document: BlockDocument) => document.id),
  name: by(words, (document) => document.name),
  block_type_id: by(ids, (document) => document.block_type_id),
  is_anonymous: by(flag, (document) => document.is_anonymous),
})

/** The type of a document. */
export const blockTypeFilter: Filter<BlockDocument> = filterOf({
  slug: by(words, (document: BlockDocument) => typeOfDocument(document)?.slug ?? null),
  name: by(words, (document) => typeOfDocument(document)?.name ?? null),
})

/** Types themselves. */
export const listedTypeFilter: Filter<BlockType> = filterOf({
  slug: by(words, (type: BlockType) => type.slug),
  name: by(words, (type) => type.name),
})
