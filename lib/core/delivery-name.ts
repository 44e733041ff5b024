// What a delivery is called, so that its second arrival is known: by its sender's own id, or by what the webhook's owner says.
import { presetOf } from './signature-presets.ts'
import { parseTemplate, type RenderOptions, render } from './template/template.ts'
import { dictGet, isDict, isString, textOf, type Value } from './template/values.ts'
import type { WebhookContext } from './webhook-context.ts'
import type { Webhook } from './webhook-definition.ts'

/** Headers by which senders name a delivery: Standard Webhooks, GitHub, and the IETF draft. */
const DELIVERY_HEADERS = ['webhook-id', 'x-github-delivery', 'idempotency-key']

/**
 * A name for each of a call's events, in order; null for one that has none. The first that is there counts: the owner's key, the
 * `id` that the template gave the event, the sender's, and a CloudEvent's source and id.
 * @throws TemplateError when the owner's key cannot be rendered
 */
export function deliveryNames(
  { signature, dedup }: Pick<Webhook, 'signature' | 'dedup'>,
  context: WebhookContext,
  events: readonly { id?: unknown }[],
  options: RenderOptions = {},
): (string | null)[] {
  const rendered = (template: string | null | undefined): string | null => {
    const text = template ? render(parseTemplate(template), context, options).trim() : ''
    return text === '' ? null : text
  }
  const preset = signature?.scheme === 'preset' ? presetOf(signature.preset) : null
  const key = rendered(dedup?.key)
  const sent = preset?.delivery ? rendered(preset.delivery) : byHeader(context)
  return events.map(({ id }, index) => {
    if (key !== null) return `key:${key}/${index}`
    if (typeof id === 'string' && id !== '') return `id:${id}`
    return sent === null ? cloudEventName(context, index) : `${sent}/${index}`
  })
}

function byHeader({ headers }: WebhookContext): string | null {
  for (const name of DELIVERY_HEADERS) {
    const value = textAt(headers, name)
    if (value !== null) return `${name}:${value}`
  }
  return null
}

/** CloudEvents 1.0, 3.1.1: source and id together are unique. They are in the headers, in the body, or in each of a batch. */
function cloudEventName({ headers, body }: WebhookContext, index: number): string | null {
  const [structured, place] = Array.isArray(body) ? [body[index], 0] : [body, index]
  const [source, id] =
    textAt(headers, 'ce-specversion') !== null
      ? [textAt(headers, 'ce-source'), textAt(headers, 'ce-id')]
      : textAt(structured, 'specversion') !== null
        ? [textAt(structured, 'source'), textAt(structured, 'id')]
        : [null, null]
  return source === null || id === null ? null : `ce:${JSON.stringify([source, id])}/${place}`
}

function textAt(dict: Value, key: string): string | null {
  const value = isDict(dict) ? dictGet(dict, key) : undefined
  const text = isString(value) ? textOf(value) : ''
  return text === '' ? null : text
}
