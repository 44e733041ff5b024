// Block types, block schemas and block documents.
import type { BlockDocument, BlockSchema, BlockType } from '../core/block.ts'
import type { BlockStore } from '../core/ports.ts'
import { KIND } from '../names.ts'
import type { Table } from './client.ts'
import { objectsOf } from './objects.ts'
import { keys } from './table.ts'

export function blockStore(table: Table): BlockStore {
  const types = objectsOf<BlockType>(table, KIND.blockType, keys.blockType, ({ id }) => id)
  const schemas = objectsOf<BlockSchema>(table, KIND.blockSchema, keys.blockSchema, ({ id }) => id)
  const documents = objectsOf<BlockDocument>(
    table,
    KIND.blockDocument,
    keys.blockDocument,
    ({ id }) => id,
  )
  return {
    createType: types.create,
    getType: types.get,
    listTypes: types.list,
    replaceType: types.replace,
    deleteType: types.delete,
    createSchema: schemas.create,
    getSchema: schemas.get,
    listSchemas: schemas.list,
    deleteSchema: schemas.delete,
    create: documents.create,
    get: documents.get,
    list: documents.list,
    replace: documents.replace,
    delete: documents.delete,
  }
}
