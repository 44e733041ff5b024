// Shapes of events, of what waits for them and of what actions need: automations, variables, blocks, webhooks.
import { z } from 'zod'
import { count, id, instant, json, named, stored, tags, text, words } from './fields.ts'

export const variable = named('Variable', { ...stored, name: text, value: z.unknown(), tags })

const labels = z.record(z.string(), z.string())

export const event = named('Event', {
  id,
  event: text,
  occurred: instant,
  received: instant,
  resource: labels,
  related: z.array(labels),
  payload: json,
  follows: id.nullable(),
})

export const eventPage = z
  .looseObject({ events: z.array(event), total: count, next_page: words })
  .meta({ id: 'EventPage' })

export const eventCount = named('EventCount', {
  value: text,
  label: text,
  count,
  start_time: instant,
  end_time: instant,
})

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

export const blockDocument = z
  .looseObject({
    ...stored,
    name: text,
    data: json,
    block_schema_id: id,
    block_schema: blockSchema.nullable(),
    block_type_id: id,
    block_type_name: words,
    block_type: blockType.nullable(),
    is_anonymous: z.boolean(),
  })
  .meta({ id: 'BlockDocument' })

export const accountWorkspace = z
  .looseObject({ ...stored, account_id: id, name: text, description: text, handle: text })
  .meta({ id: 'Workspace' })

export const webhook = z
  .looseObject({
    ...stored,
    account: id,
    workspace: id,
    name: text,
    description: text,
    enabled: z.boolean(),
    template: text,
    slug: text,
    service_account_id: id.nullable(),
  })
  .meta({ id: 'Webhook' })
