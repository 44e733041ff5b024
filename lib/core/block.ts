// Blocks, as far as actions need them: how to reach a webhook or somebody to notify (Prefect: server/models/block_documents.py,
// block_schemas.py). Types and schemas that actions use are there from the start; others are kept for the clients that register them.
import { schemaChecksum } from './block-checksum.ts'
import { NAMESPACE, uuidv5 } from './ids.ts'

/** Prefect's BlockType: what kind of place a block leads to. */
export interface BlockType {
  id: string
  created: string
  updated: string
  name: string
  slug: string
  logo_url: string | null
  documentation_url: string | null
  description: string | null
  code_example: string | null
  is_protected: boolean
}

/** Prefect's BlockSchema: one version of what documents of a type hold. */
export interface BlockSchema {
  id: string
  created: string
  updated: string
  checksum: string
  /** JSON Schema of the documents, with Prefect's `secret_fields`. */
  fields: Record<string, unknown>
  block_type_id: string
  capabilities: string[]
  version: string
}

/** A block's values. What is secret in them is in `sealed` alone: `data` is what everybody may see. */
export interface BlockDocument {
  id: string
  created: string
  updated: string
  name: string
  data: Record<string, unknown>
  /** All of the data as JSON, sealed in the context of the document's id. */
  sealed: string
  block_schema_id: string
  block_type_id: string
  capabilities: string[]
  /** Paths such as `url` or `headers.*`, as the schema had them when the data came. */
  secret_fields: string[]
  is_anonymous: boolean
  /** What its type is called, for a type that a client registered. */
  block_type?: Pick<BlockType, 'name' | 'slug'>
}

/** When the built-in types and schemas came to be: the same in every workspace. */
const ORIGIN = '2026-01-01T00:00:00.000000Z'

/** A type that every workspace has. */
function blockType(name: string, description: string): BlockType {
  const slug = name.toLowerCase().replaceAll(' ', '-')
  return {
    id: blockTypeId(slug),
    created: ORIGIN,
    updated: ORIGIN,
    name,
    slug,
    logo_url: null,
    documentation_url: null,
    description,
    code_example: null,
    is_protected: true,
  }
}

/** The types by slug, under Prefect's names: its client looks for them. */
export const BLOCK_TYPES = {
  webhook: blockType('Webhook', 'An address that actions call.'),
  'custom-webhook': blockType(
    'Custom Webhook',
    'An address that notifications go to, with a request of your own design.',
  ),
  'slack-webhook': blockType('Slack Webhook', 'A Slack channel that notifications go to.'),
  'email-server-credentials': blockType(
    'Email Server Credentials',
    'A mail server, and the mailboxes that notifications go to.',
  ),
} as const satisfies Record<string, BlockType>

/** The types that every workspace has. */
export type BlockSlug = keyof typeof BLOCK_TYPES

/** Of those types only; what clients registered is in the store. */
export const blockTypeById = (id: string): BlockType | null =>
  Object.values(BLOCK_TYPES).find((type) => type.id === id) ?? null

/** What the type of a document is called. */
export const typeOfDocument = ({ block_type, block_type_id }: BlockDocument) =>
  block_type ?? blockTypeById(block_type_id)

/** The id of a type, which derives from its slug: a client that registers it again finds the first. */
export function blockTypeId(slug: string): string {
  return uuidv5(`block-type/${slug}`, NAMESPACE.block)
}

/** As `blockTypeById`. */
export const blockTypeBySlug = (slug: string): BlockType | null =>
  Object.hasOwn(BLOCK_TYPES, slug) ? BLOCK_TYPES[slug as BlockSlug] : null

const METHOD = { type: 'string', enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], default: 'POST' }
const TEXTS = { type: 'object', additionalProperties: { type: 'string' } }
const SECRET = { type: 'string', format: 'password', writeOnly: true }
/** Beyond Prefect's fields: with it, calls are signed as Standard Webhooks says. */
const SIGNING = { ...SECRET, title: 'Signing secret', description: 'A Standard Webhooks secret.' }

/** Fields by type: those of Prefect's that are read when a block is used. */
const FIELDS: Record<BlockSlug, Record<string, unknown>> = {
  webhook: {
    properties: { method: METHOD, url: SECRET, headers: TEXTS, signing_secret: SIGNING },
    required: ['url'],
    secret_fields: ['url', 'headers.*', 'signing_secret'],
  },
  'custom-webhook': {
    properties: {
      name: { type: 'string' },
      url: { type: 'string' },
      method: METHOD,
      params: TEXTS,
      json_data: { type: 'object' },
      form_data: { anyOf: [TEXTS, { type: 'string' }] },
      headers: TEXTS,
      cookies: TEXTS,
      secrets: TEXTS,
      signing_secret: SIGNING,
    },
    required: ['name', 'url'],
    secret_fields: ['secrets.*', 'signing_secret'],
  },
  'slack-webhook': {
    properties: { url: SECRET },
    required: ['url'],
    secret_fields: ['url'],
  },
  // Those of prefect-email's block, which has no recipients: its flows name them, and here no flow runs.
  'email-server-credentials': {
    properties: {
      username: { type: 'string' },
      password: SECRET,
      smtp_server: { type: 'string', default: 'smtp.gmail.com' },
      smtp_type: { type: 'string', enum: ['SSL', 'STARTTLS', 'INSECURE'], default: 'SSL' },
      smtp_port: { type: 'integer', description: '465, 587 or 25 by smtp_type, unless given.' },
      verify: { type: 'boolean', default: true },
      email_to: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
      email_from: { type: 'string', description: 'The username, unless given.' },
    },
    required: ['email_to'],
    secret_fields: ['password'],
  },
}

/** A workspace's schemas that nobody had to register. */
export const BUILT_IN_SCHEMAS: readonly BlockSchema[] = Object.entries(FIELDS).map(
  ([slug, fields]) => {
    const type = BLOCK_TYPES[slug as BlockSlug]
    const described = {
      title: type.name,
      type: 'object',
      block_type_slug: slug,
      block_schema_references: {},
      ...fields,
    }
    return newSchema(
      {
        fields: described,
        block_type_id: type.id,
        capabilities: slug === 'webhook' ? [] : ['notify'],
        version: 'tripline-1',
      },
      ORIGIN,
    )
  },
)

/** A schema whose id derives from its text: registered again, it is the first. */
export function newSchema(
  given: Pick<BlockSchema, 'fields' | 'block_type_id' | 'capabilities' | 'version'>,
  now: string,
): BlockSchema {
  const checksum = schemaChecksum(given.fields)
  const id = uuidv5(
    `block-schema/${given.block_type_id}/${checksum}/${given.version}`,
    NAMESPACE.block,
  )
  return { id, created: now, updated: now, checksum, ...given }
}

/** A document's id: its type and name are unique together. */
export const blockDocumentId = (workspace: string, typeId: string, name: string): string =>
  uuidv5(`${workspace}/block-document/${typeId}/${name}`, NAMESPACE.block)
