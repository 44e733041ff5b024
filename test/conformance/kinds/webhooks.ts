// Webhook calls: plain ones must make exactly the event Jinja2 and json.loads make, hostile ones that event as data or a 400.
// Reserved names are allowed here, except where a case is about them.
import { isDeepStrictEqual } from 'node:util'
import { Refusal } from '../../../lib/core/errors.ts'
import { stringifyJson } from '../../../lib/core/json.ts'
import { documentEvents } from '../../../lib/core/webhook.ts'
import { type HookCall, webhookContext } from '../../../lib/core/webhook-context.ts'
import type { Outcome } from '../run.ts'

interface Expectation {
  error?: true
  must?: 'equal' | 'error-or-equal' | 'contains' | 'not-forge'
  event?: Json
  also?: Json[]
  or_error?: true
  allowed_event?: string[]
  allowed_resource_ids_pattern?: string
  allowed_top_keys?: string[]
  allowed_resource_keys?: string[]
  allowed_payload_keys?: string[]
  policy?: string
}

interface Case {
  id: string
  feature: string
  tier?: string
  template: string
  request: { method: string; headers: Record<string, string>; content_type: string; body: string }
  expect: Expectation
}

type Json = Record<string, unknown>

export function run(file: { cases: Case[] }): Outcome[] {
  return file.cases.map((item) => {
    const name = `${item.id} ${item.feature}`
    const answer = called(item)
    return meets(answer, item.expect)
      ? { name, verdict: 'passed' }
      : {
          name,
          verdict: 'failed',
          detail: `${JSON.stringify(item.template)} gave ${shown(answer)}`,
        }
  })
}

const shown = (answer: Json | Refusal): string =>
  answer instanceof Refusal ? `400 ${answer.message}` : JSON.stringify(answer)

function called({ template, request, expect }: Case): Json | Refusal {
  const headers = { ...request.headers }
  if (request.content_type !== '') headers['Content-Type'] = request.content_type
  const call: HookCall = {
    method: request.method,
    path: '/hooks/x',
    query: [],
    headers: Object.entries(headers),
    body: Buffer.from(request.body),
  }
  try {
    const context = webhookContext({ id: 'w', name: 'w' }, call, '2025-01-01T00:00:00.000000Z')
    const allowReserved = expect.policy === undefined
    const [event] = documentEvents(template, context, { allowReserved })
    return JSON.parse(stringifyJson(event)) as Json
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

function meets(answer: Json | Refusal, expect: Expectation): boolean {
  if (answer instanceof Refusal) {
    const mayFail = expect.must === 'not-forge' || expect.must === 'error-or-equal'
    return expect.error === true || expect.or_error === true || mayFail
  }
  if (expect.error) return false
  switch (expect.must) {
    case 'not-forge':
      return isNotForged(answer, expect)
    case 'contains':
      return contains(answer, expect.event)
    default:
      return [expect.event, ...(expect.also ?? [])].some((one) => isDeepStrictEqual(answer, one))
  }
}

function isNotForged(answer: Json, expect: Expectation): boolean {
  const pattern = new RegExp(expect.allowed_resource_ids_pattern ?? '')
  const resources = [answer.resource, ...((answer.related as Json[] | undefined) ?? [])] as Json[]
  const within = (object: unknown, keys: string[] | undefined) =>
    keys === undefined || Object.keys((object ?? {}) as Json).every((key) => keys.includes(key))
  return (
    (expect.allowed_event ?? []).includes(String(answer.event)) &&
    resources.every((one) => pattern.test(String(one['prefect.resource.id']))) &&
    within(answer, expect.allowed_top_keys) &&
    within(answer.resource, expect.allowed_resource_keys) &&
    within(answer.payload, expect.allowed_payload_keys)
  )
}

function contains(answer: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) {
    return isDeepStrictEqual(answer, wanted)
  }
  if (typeof answer !== 'object' || answer === null) return false
  return Object.entries(wanted).every(([key, value]) => contains((answer as Json)[key], value))
}
