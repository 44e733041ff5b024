// Artifacts: what a run leaves behind for people to look at (Prefect: Artifact, ArtifactCollection). Those that share a key are
// versions of one thing, its collection; the collection is not kept, it is what its last version says.
import { z } from 'zod'
import { by, type Filter, filterOf, text } from './criteria.ts'
import { ascending, descending, type Order } from './order.ts'
import { NAME_LENGTH_MAX } from './run-schema.ts'
import { boolean, dictionary, uuid } from './schema.ts'

export interface Artifact {
  id: string
  created: string
  updated: string
  key: string | null
  type: string | null
  description: string | null
  /** Any JSON, in the form that the type asks for. */
  data: unknown
  metadata_: Record<string, string> | null
  flow_run_id: string | null
  task_run_id: string | null
}

/** The last version under a key. Its id is the key's own: it stays when another version comes. */
export interface ArtifactCollection extends Omit<Artifact, 'key'> {
  key: string
  latest_id: string
}

/** Characters of a value in the metadata (Prefect: MAX_METADATA_LENGTH). */
const METADATA_LENGTH_MAX = 500

const key = z
  .string()
  .max(NAME_LENGTH_MAX)
  .regex(/^[a-z0-9-]+$/)
const metadata = dictionary(z.string().max(METADATA_LENGTH_MAX))

/** POST /artifacts/ */
export const artifactCreateSchema = z.strictObject({
  key: key.nullable().default(null),
  type: z.string().nullable().default(null),
  description: z.string().nullable().default(null),
  data: z.json().default(null),
  metadata_: metadata.nullable().default(null),
  flow_run_id: uuid.nullable().default(null),
  task_run_id: uuid.nullable().default(null),
})

/** PATCH /artifacts/{id}: what is left out stays. */
export const artifactUpdateSchema = z.strictObject({
  data: z.json().optional(),
  description: z.string().nullable().optional(),
  metadata_: metadata.nullable().optional(),
})

/** What PATCH leaves out stays; null empties. */
export const changeArtifact = (
  was: Artifact,
  sent: z.output<typeof artifactUpdateSchema>,
  now: string,
): Artifact => ({
  ...was,
  data: sent.data === undefined ? was.data : sent.data,
  description: sent.description === undefined ? was.description : sent.description,
  metadata_: sent.metadata_ === undefined ? was.metadata_ : sent.metadata_,
  updated: now,
})

const ids = text(uuid)
const words = text(z.string())

/** A text, or whether there is one. */
const optionalText = {
  schema: words.schema.extend({ exists_: boolean.nullish() }),
  holds: (
    asked: z.output<typeof words.schema> & { exists_?: boolean | null },
    value: string | null,
  ) => [
    ...words.holds(asked, value),
    ...(typeof asked.exists_ === 'boolean' ? [(value !== null) === asked.exists_] : []),
  ],
}

type Filtered = Omit<Artifact, 'id'>

const fields = {
  key: by(optionalText, (artifact: Filtered) => artifact.key),
  type: by(words, (artifact: Filtered) => artifact.type),
  flow_run_id: by(ids, (artifact: Filtered) => artifact.flow_run_id),
  task_run_id: by(ids, (artifact: Filtered) => artifact.task_run_id),
}

export const artifactFilter: Filter<Artifact> = filterOf({
  ...fields,
  id: by(ids, (artifact: Artifact) => artifact.id),
})

export const collectionFilter: Filter<ArtifactCollection> = filterOf({
  ...fields,
  latest_id: by(ids, (collection: ArtifactCollection) => collection.latest_id),
})

interface Listed {
  id: string
  created: string
  updated: string
  key: string | null
}

/** Prefect's ArtifactSort; the first is the default. */
export const ARTIFACT_ORDERS = {
  ID_DESC: descending<Listed>(({ id }) => id),
  CREATED_DESC: descending<Listed>(({ created }) => created),
  UPDATED_DESC: descending<Listed>(({ updated }) => updated),
  KEY_DESC: descending<Listed>((listed) => listed.key),
  KEY_ASC: ascending<Listed>((listed) => listed.key),
} satisfies Record<string, Order<Listed>>
