// A webhook as its owner defines it: name, template, slug (Prefect Cloud's Webhook). What a call of it becomes is webhook.ts.
import { TemplateError } from './template/errors.ts'
import { parseTemplate } from './template/template.ts'

/** What a webhook does that was given no template: it tells that it was called, and with what (its payload is the request). */
export const DEFAULT_TEMPLATE = `{
  "event": "webhook.called",
  "resource": {
    "prefect.resource.id": "prefect-cloud.webhook.{{ webhook.id }}",
    "prefect.resource.name": "{{ webhook.name }}"
  }
}`

/** What is wrong with a text as a webhook's template, or null. Whether it makes events of requests, only requests can tell. */
export function checkWebhookTemplate(text: string): string | null {
  try {
    parseTemplate(text)
    return null
  } catch (error) {
    if (error instanceof TemplateError) return `Invalid template: ${error.message}`
    throw error
  }
}

export interface Webhook {
  id: string
  created: string
  updated: string
  account: string
  workspace: string
  name: string
  description: string
  enabled: boolean
  /** A Jinja template whose output is a JSON object with at least `event` and `resource["prefect.resource.id"]`. */
  template: string
  service_account_id: string | null
  /** 22 base64url characters, 128 random bits: who knows it may call. Renewed by rotate. */
  slug: string
}
