// Webhooks, as Prefect Cloud's API and its Terraform resource: create, read, list, change, rotate, delete. Ours beside it: what
// calls prove themselves by. Secrets come in here and never go out again, but for one that we make, once.

import { z } from 'zod'
import { invalid, notFound, Refusal } from '../../core/errors.ts'
import { pageFields, pageOf } from '../../core/order.ts'
import type { Services } from '../../core/ports.ts'
import { requireRoom } from '../../core/quota.ts'
import { parseBody } from '../../core/schema.ts'
import { schemeOf } from '../../core/signature-presets.ts'
import { secretFault } from '../../core/signature-secret.ts'
import { formatInstant, MICROS_PER_SECOND } from '../../core/time.ts'
import {
  EXTRAS_BY_DEFAULT,
  type KeptSecret,
  type Signature,
  type SignatureSettings,
  shownWebhook,
  type Webhook,
  withSecret,
} from '../../core/webhook-definition.ts'
import {
  newSecretSchema,
  type SentSignature,
  webhookChangeSchema,
  webhookSchema,
} from '../../core/webhook-schema.ts'
import { amend, remove } from '../../steps/amend.ts'
import { type Call, created, idParam, noContent, ok, type Route } from '../route.ts'

const listing = z.object({
  webhooks: z
    .object({ name: z.object({ any_: z.array(z.string()).nullish() }).nullish() })
    .nullish(),
  ...pageFields,
})

export function webhookRoutes({
  webhooks,
  quotas,
  secrets,
  clock,
  ids,
}: Pick<Services, 'webhooks' | 'quotas' | 'secrets' | 'clock' | 'ids'>): Route[] {
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

  async function sealed(
    webhookId: string,
    settings: SignatureSettings,
    secret: string,
  ): Promise<KeptSecret> {
    const fault = secretFault(schemeOf(settings), secret)
    if (fault) {
      const msg = `Value error, a secret of this signature ${fault}`
      throw invalid([{ loc: ['body', 'secret'], type: 'value_error', msg }])
    }
    return {
      id: ids.next(),
      created: formatInstant(clock.now()),
      expires: null,
      sealed: await secrets.seal(secret, webhookId),
    }
  }

  /** What was sent, as it is stored. A secret that came with it is the only one from now on. */
  async function keeping<T extends { signature?: SentSignature | null | undefined }>(
    webhookId: string,
    { signature: sent, ...asked }: T,
  ) {
    if (sent === undefined) return () => asked
    if (sent === null) return () => ({ ...asked, signature: null })
    const { secret, ...settings } = sent
    const own = secret ? [await sealed(webhookId, settings, secret)] : null
    return (was: Signature | null) => ({
      ...asked,
      signature: { ...settings, secrets: own ?? was?.secrets ?? [] },
    })
  }

  return [
    {
      method: 'POST',
      path: '/webhooks',
      summary: 'Create a webhook',
      body: webhookSchema,
      answers: [201],
      async handle(call) {
        const asked = parseBody(webhookSchema, await call.body())
        requireRoom('webhooks', await webhooks.count(call.workspace), quotas)
        const now = formatInstant(clock.now())
        const id = ids.next()
        const webhook: Webhook = {
          id,
          created: now,
          updated: now,
          account: call.params.account ?? call.workspace,
          workspace: call.workspace,
          ...EXTRAS_BY_DEFAULT,
          ...(await keeping(id, asked))(null),
          description: asked.description ?? '',
          service_account_id: asked.service_account_id ?? null,
          slug: ids.slug(),
        }
        if (!(await webhooks.create(call.workspace, webhook))) {
          throw new Refusal(409, 'A webhook of this id or slug is there already; try again.')
        }
        return created(shownWebhook(webhook))
      },
    },
    {
      method: 'GET',
      path: '/webhooks',
      summary: 'All webhooks of the workspace',
      handle: async (call) => ok(byName(await webhooks.list(call.workspace)).map(shownWebhook)),
    },
    {
      method: 'POST',
      path: '/webhooks/filter',
      summary: 'Webhooks by name',
      body: listing,
      async handle(call) {
        const asked = parseBody(listing, (await call.body()) ?? {})
        const names = asked.webhooks?.name?.any_
        const found = (await webhooks.list(call.workspace)).filter(
          (webhook) => !names || names.includes(webhook.name),
        )
        return ok(pageOf(byName(found), asked).map(shownWebhook))
      },
    },
    {
      method: 'GET',
      path: '/webhooks/:id',
      summary: 'A webhook',
      async handle(call) {
        const found = await webhooks.get(call.workspace, idParam(call))
        if (!found) throw notFound('Webhook')
        return ok(shownWebhook(found.value))
      },
    },
    {
      method: 'PUT',
      path: '/webhooks/:id',
      summary:
        'Replace what a webhook’s owner defines; a description left out is emptied, what Prefect does not know stays',
      body: webhookSchema,
      async handle(call) {
        const asked = parseBody(webhookSchema, await call.body())
        const next = await keeping(idParam(call), asked)
        await amended(call, ({ signature }) => ({
          ...next(signature),
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
      body: webhookChangeSchema,
      async handle(call) {
        const given = (await call.body()) as object
        const asked = parseBody(webhookChangeSchema, given)
        const next = await keeping(idParam(call), asked)
        await amended(call, ({ signature }) => {
          const all = { ...next(signature), description: asked.description ?? '' }
          return Object.fromEntries(
            Object.entries(all).filter(([key]) => Object.hasOwn(given, key)),
          )
        })
        return noContent
      },
    },
    {
      method: 'POST',
      path: '/webhooks/:id/rotate',
      summary: 'Give a webhook a new slug; the old URL is invalid at once',
      handle: async (call) => ok(shownWebhook(await amended(call, () => ({ slug: ids.slug() })))),
    },
    {
      method: 'POST',
      path: '/webhooks/:id/secrets',
      summary:
        'Give a webhook one more secret, shown this once; those before it stay good for a while',
      body: newSecretSchema,
      answers: [201],
      async handle(call) {
        const asked = parseBody(newSecretSchema, (await call.body()) ?? {})
        const found = await webhooks.get(call.workspace, idParam(call))
        if (!found) throw notFound('Webhook')
        const { id, signature } = found.value
        if (!signature) throw new Refusal(409, 'This webhook checks no signature; set one first.')
        const text = asked.secret ?? newSecret(signature, ids)
        const secret = await sealed(id, signature, text)
        const until = formatInstant(clock.now() + asked.expire_others_after * MICROS_PER_SECOND)
        await amended(call, (webhook) =>
          webhook.signature ? { signature: withSecret(webhook.signature, secret, until) } : {},
        )
        const { sealed: _, ...shown } = secret
        return created({ ...shown, secret: text })
      },
    },
    {
      method: 'DELETE',
      path: '/webhooks/:id/secrets/:secret',
      summary: 'Take a secret away at once',
      async handle(call) {
        const gone = idParam(call, 'secret')
        await amended(call, ({ signature }) => {
          const left = signature?.secrets.filter(({ id }) => id !== gone)
          if (!signature || left?.length === signature.secrets.length) throw notFound('Secret')
          return { signature: { ...signature, secrets: left ?? [] } }
        })
        return noContent
      },
    },
    {
      method: 'DELETE',
      path: '/webhooks/:id',
      summary: 'Delete a webhook',
      async handle(call) {
        const id = idParam(call)
        const isRemoved = await remove(
          () => webhooks.get(call.workspace, id),
          (was) => webhooks.delete(call.workspace, was),
        )
        if (!isRemoved) throw notFound('Webhook')
        return noContent
      },
    },
  ]
}

/** 32 random bytes in the form of Standard Webhooks, which any scheme can use as text. */
function newSecret(signature: Signature, { slug }: Pick<Services['ids'], 'slug'>): string {
  const bytes = Buffer.concat([slug(), slug()].map((text) => Buffer.from(text, 'base64url')))
  const secret = `whsec_${bytes.toString('base64')}`
  return schemeOf(signature).scheme === 'basic' ? `tripline:${secret}` : secret
}

const byName = (webhooks: Webhook[]): Webhook[] =>
  webhooks.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
