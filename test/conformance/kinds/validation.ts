// Requests against Prefect's automations and events API. Status and places of faults must be Prefect's, and what is stored
// must be the normalised automation; messages are ours.
import { isDeepStrictEqual } from 'node:util'
import {
  type Automation,
  parseAutomationCreate,
  parseAutomationFilter,
  parseAutomationPatch,
  parseAutomationUpdate,
} from '../../../lib/core/automation.ts'
import { notFound, Refusal } from '../../../lib/core/errors.ts'
import { parseEvents } from '../../../lib/core/event.ts'
import { parseUuid } from '../../../lib/core/ids.ts'
import { readJsonBody } from '../../../lib/core/schema.ts'
import type { Outcome } from '../run.ts'

interface Case {
  name: string
  method: string
  path: string
  body?: unknown
  raw?: string
  status: number
  locs?: string[]
  response?: Record<string, unknown>
}

interface Answer {
  status: number
  body?: unknown
  locs?: string[]
}

const CONTEXT = {
  newId: () => '01234567-89ab-7def-8123-456789abcdef',
  now: 0,
  templates: { template: () => null, parameters: () => [] },
}

export const run = (file: { cases: Case[] }): Outcome[] => file.cases.map(judge)

function judge(expected: Case): Outcome {
  const answer = answerTo(expected)
  const wrong = differenceOf(answer, expected)
  return wrong === null
    ? { name: expected.name, verdict: 'passed' }
    : { name: expected.name, verdict: 'failed', detail: wrong, answer }
}

function differenceOf(answer: Answer, expected: Case): string | null {
  if (answer.status !== expected.status) return `${answer.status}, not ${expected.status}`
  if (expected.locs && !isDeepStrictEqual(answer.locs, expected.locs)) {
    return `faults at ${answer.locs}, not ${expected.locs}`
  }
  if (expected.response && !isDeepStrictEqual(answer.body, expected.response)) {
    return `${JSON.stringify(answer.body)}, not ${JSON.stringify(expected.response)}`
  }
  return null
}

function answerTo({ method, path, body, raw }: Case): Answer {
  try {
    const text = raw ?? (body === undefined ? '' : JSON.stringify(body))
    return respond(method, new URL(path, 'http://host'), readJsonBody(text))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { status, faults, message } = error
    if (faults.length > 0) {
      return { status, locs: [...new Set(faults.map((fault) => fault.loc.join('.')))].sort() }
    }
    const key = message === 'Automation not found' ? 'exception_message' : 'detail'
    return { status, body: { [key]: message } }
  }
}

/** The routes, as far as they can be answered when nothing is stored. */
function respond(method: string, url: URL, body: unknown): Answer {
  switch (`${method} ${url.pathname}`) {
    case 'POST /automations/':
      return { status: 201, body: masked(parseAutomationCreate(body, CONTEXT).automation) }
    case 'POST /automations/filter':
      parseAutomationFilter(body)
      return { status: 200 }
    case 'POST /events':
      parseEvents(body)
      return { status: 204 }
  }
  if (parseUuid(url.pathname.replace('/automations/', '')) === null)
    throw new Refusal(404, 'Not Found')
  if (method === 'PUT') parseAutomationUpdate(body, CONTEXT)
  if (method === 'PATCH') parseAutomationPatch(body, CONTEXT)
  throw notFound('Automation')
}

/** As the vectors show an automation: ids and times masked, sets sorted. */
function masked(automation: Automation): unknown {
  const shown = JSON.stringify(automation, (key, value) => {
    if (key === 'created' || key === 'updated') return '<time>'
    if (key === 'id') return '<uuid>'
    if (['expect', 'after', 'for_each'].includes(key)) return [...value].sort()
    return value
  })
  return JSON.parse(shown)
}
