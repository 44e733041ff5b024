// Blocks: types, schemas and documents, in Prefect's words what a class is, what fields it has, and one filled in.
import type { Services } from '../../core/ports.ts'
import type { Route } from '../route.ts'
import { blockDocumentRoutes } from './block-documents.ts'
import { blockSchemaRoutes } from './block-schemas.ts'
import { blockTypeRoutes } from './block-types.ts'

type Uses = Pick<Services, 'blocks' | 'secrets' | 'clock' | 'ids'>

export const blockRoutes = (services: Uses): Route[] => [
  ...blockTypeRoutes(services),
  ...blockSchemaRoutes(services),
  ...blockDocumentRoutes(services),
]
