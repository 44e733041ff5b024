// A webhook as its owner defines it: name, template, slug (Prefect Cloud's Webhook). What a call of it becomes is webhook.ts.

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
