// Webhooks, as Prefect Cloud's API and its Terraform resource: create, read, list, change, rotate, delete.
import { z } from 'zod'
import { notFound, Refusal } from '../../core/errors.ts'
import type { Services } from '../../core/ports.ts'
import { boolean, integer, parseBody, uuid } from '../../core/schema.ts'
import { formatInstant } from '../../core/time.ts'
import {
  checkWebhookTemplate,
  DEFAULT_TEMPLATE,
  type Webhook,
} from '../../core/webhook-definition.ts'
import { amend } from '../../steps/amend.ts'
import { type Call, created, idParam, noContent, ok, type Route } from '../route.ts'

/** Characters of a webhook's name. */
const NAME_LENGTH_MAX = 255

const name = z.string().min(1).max(NAME_LENGTH_MAX)
const template = z.string().superRefine((text, context) => {
  const fault = checkWebhookTemplate(text)
  if (fault) context.addIssue({ code: 'custom', message: fault, params: { type: 'value_error' } })
})

const settings = z.object({
  name,
  description: z.string().nullish(),
  enabled: boolean.optional().default(true),
  template: template.optional().default(DEFAULT_TEMPLATE),
  service_account_id: uuid.nullish(),
})

const change = settings.partial()

const listing = z.object({
  webhooks: z
    .object({ name: z.object({ any_: z.array(z.string()).nullish() }).nullish() })
    .nullish(),
  limit: integer.nullish(),
  offset: integer.nullish(),
})

/** Webhooks of one answer, as everywhere in Prefect's API. */
const PAGE_MAX = 200

export function webhookRoutes({
  webhooks,
  clock,
  ids,
}: Pick<Services, 'webhooks' | 'clock' | 'ids'>): Route[] {
  async function amended(
    call: Call,
    decide: (webhook: Webhook) => Partial<Webhook>,
  ): Promise<Webhook> {
    const id = idParam(call)
    const next = await amend<Webhook>(
      () => webhooks.get(call.workspace, id),
      (webhook) => ({ ...webhook, ...decide(webhook), updated: formatInstant(clock.now()) }),
      (webhook, was) => webhooks.replace(call.workspace, webhook, was),
    )
    if (!next) throw notFound('Webhook')
    return next
  }

  return [
    {
      method: 'POST',
      path: '/webhooks',
      summary: 'Create a webhook',
      async handle(call) {
        const asked = parseBody(settings, await call.body())
        const now = formatInstant(clock.now())
        const webhook: Webhook = {
          id: ids.next(),
          created: now,
          updated: now,
          account: call.params.account ?? call.workspace,
          workspace: call.workspace,
          ...asked,
          description: asked.description ?? '',
          service_account_id: asked.service_account_id ?? null,
          slug: ids.slug(),
        }
        if (!(await webhooks.create(call.workspace, webhook))) {
          throw new Refusal(409, 'A webhook of this id or slug is there already; try again.')
        }
        return created(webhook)
      },
    },
    {
      method: 'GET',
      path: '/webhooks',
      summary: 'All webhooks of the workspace',
      handle: async (call) => ok(byName(await webhooks.list(call.workspace))),
    },
    {
      method: 'POST',
      path: '/webhooks/filter',
      summary: 'Webhooks by name',
      async handle(call) {
        const asked = parseBody(listing, (await call.body()) ?? {})
        const names = asked.webhooks?.name?.any_
        const found = (await webhooks.list(call.workspace)).filter(
          (webhook) => !names || names.includes(webhook.name),
        )
        const offset = asked.offset ?? 0
        return ok(byName(found).slice(offset, offset + Math.min(asked.limit ?? PAGE_MAX, PAGE_MAX)))
      },
    },
    {
      method: 'GET',
      path: '/webhooks/:id',
      summary: 'A webhook',
      async handle(call) {
        const found = await webhooks.get(call.workspace, idParam(call))
        if (!found) throw notFound('Webhook')
        return ok(found.value)
      },
    },
    {
      method: 'PUT',
      path: '/webhooks/:id',
      summary: 'Replace what a webhook’s owner defines; a description left out is emptied',
      async handle(call) {
        const asked = parseBody(settings, await call.body())
        await amended(call, () => ({
          ...asked,
          description: asked.description ?? '',
          service_account_id: asked.service_account_id ?? null,
        }))
        return noContent
      },
    },
    {
      method: 'PATCH',
      path: '/webhooks/:id',
      summary: 'Change some of a webhook, such as {"enabled": false}',
      async handle(call) {
        const given = (await call.body()) as object
        const asked = parseBody(change, given)
        const named = Object.entries(asked).filter(([key]) => Object.hasOwn(given, key))
        await amended(call, () => Object.fromEntries(named))
        return noContent
      },
    },
    {
      method: 'POST',
      path: '/webhooks/:id/rotate',
      summary: 'Give a webhook a new slug; the old URL is invalid at once',
      handle: async (call) => ok(await amended(call, () => ({ slug: ids.slug() }))),
    },
    {
      method: 'DELETE',
      path: '/webhooks/:id',
      summary: 'Delete a webhook',
      async handle(call) {
        const id = idParam(call)
        for (;;) {
          const was = await webhooks.get(call.workspace, id)
          if (!was) throw notFound('Webhook')
          if (await webhooks.delete(call.workspace, was)) return noContent
        }
      },
    },
  ]
}

const byName = (webhooks: Webhook[]): Webhook[] =>
  webhooks.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
