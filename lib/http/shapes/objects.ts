// Shapes of automations and of what their actions need: variables, blocks; and of workspaces.
import { z } from 'zod'
import { id, json, named, stored, tags, text, words } from './fields.ts'

export const variable = named('Variable', { ...stored, name: text, value: z.unknown(), tags })

export const automation = named('Automation', {
  ...stored,
  name: text,
  description: text,
  enabled: z.boolean(),
  tags,
  trigger: z.looseObject({ type: text, id }),
  actions: z.array(z.looseObject({ type: text })),
  actions_on_trigger: z.array(z.looseObject({ type: text })),
  actions_on_resolve: z.array(z.looseObject({ type: text })),
})

export const blockType = named('BlockType', {
  ...stored,
  name: text,
  slug: text,
  logo_url: words,
  documentation_url: words,
  description: words,
  code_example: words,
  is_protected: z.boolean(),
})

export const blockSchema = named('BlockSchema', {
  ...stored,
  checksum: text,
  fields: json,
  block_type_id: id,
  block_type: blockType.nullable(),
  capabilities: z.array(text),
  version: text,
})

export const blockDocument = named('BlockDocument', {
  ...stored,
  name: text,
  data: json,
  block_schema_id: id,
  block_schema: blockSchema.nullable(),
  block_type_id: id,
  block_type_name: words,
  block_type: blockType.nullable(),
  block_document_references: json,
  is_anonymous: z.boolean(),
})

export const accountWorkspace = named('Workspace', {
  ...stored,
  account_id: id,
  name: text,
  description: text,
  handle: text,
  default_workspace_role_id: id,
  is_public: z.boolean(),
})
