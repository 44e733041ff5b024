// Fixtures: calls of webhooks as files, with the template they belong to and the events that are expected of them. Replayed by the
// very code that receives calls, without a server, so that a template can be tested where its file is kept.
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { z } from 'zod'
import { indented, readExactJson, stringifyJson } from '../core/json.ts'
import { type Change, jsonDiff } from '../core/json-diff.ts'
import { withoutSecrets } from '../core/redact.ts'
import { CATALOGUE, CATALOGUE_NAMES } from '../core/webhook-catalogue.ts'
import type { HookCall } from '../core/webhook-context.ts'
import { EXTRAS_BY_DEFAULT, type Webhook } from '../core/webhook-definition.ts'
import type { KeptRequest } from '../core/webhook-delivery.ts'
import { tryCall } from '../core/webhook-trial.ts'
import { CommandError, usage } from './errors.ts'
import { readText } from './input.ts'
import type { Terminal } from './terminal.ts'

const texts = z.record(z.string(), z.string())

/** What is compared: events without what differs from call to call, or the causes of failure. */
const expectation = z.object({
  events: z.array(z.record(z.string(), z.unknown())),
  errors: z.array(z.object({ cause: z.string(), message: z.string() })),
})

const fixtureSchema = z.strictObject({
  /** A template's file, beside the fixture; or `preset`, one of the catalogue. */
  template: z.string().optional(),
  preset: z.enum(CATALOGUE_NAMES).optional(),
  webhook: z.object({ id: z.string(), name: z.string() }).optional(),
  received: z.string().optional(),
  verified: z.object({ scheme: z.string(), ok: z.boolean() }).nullish(),
  request: z.strictObject({
    method: z.string().default('POST'),
    headers: texts.default({}),
    query: texts.default({}),
    /** A text as it came; anything else is sent as JSON. */
    body: z.unknown().optional(),
    body_encoding: z.enum(['utf-8', 'base64']).default('utf-8'),
  }),
  expected: expectation.optional(),
})

export type Fixture = z.input<typeof fixtureSchema>
type ReadFixture = z.output<typeof fixtureSchema>
export type Expectation = z.infer<typeof expectation>

/** What became of one fixture. `new`: it expected nothing yet. */
export interface Replayed {
  fixture: string
  verdict: 'passed' | 'failed' | 'updated' | 'new'
  changes: Change[]
}

/** The request of a kept delivery, as a fixture has it. Null when its body was not kept. */
export function fixtureRequest(kept: KeptRequest): Fixture['request'] | null {
  if (kept.body === null) return null
  return {
    method: kept.method,
    headers: Object.fromEntries(kept.headers),
    query: Object.fromEntries(kept.query),
    body: kept.body,
    ...(kept.body_encoding === 'base64' && { body_encoding: 'base64' as const }),
  }
}

/** The fixtures in files and directories, sorted by path. */
export function findFixtures({ cwd }: Pick<Terminal, 'cwd'>, paths: string[]): string[] {
  const found = paths.flatMap((path) => {
    const at = resolve(cwd, path)
    const stats = statSync(at, { throwIfNoEntry: false })
    if (!stats) throw usage(`there is no ${path}`, `Looked in ${cwd}.`)
    if (!stats.isDirectory()) return [at]
    return readdirSync(at, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.json'))
      .map((name) => join(at, name))
  })
  return [...new Set(found)].sort()
}

/**
 * Replays one fixture: against `template`, where one is given, else against its own. `isUpdating` writes what it makes as what is
 * expected from now on.
 * @throws CommandError when the file is no fixture
 */
export function replayFixture(
  terminal: Pick<Terminal, 'cwd'>,
  path: string,
  { template, isUpdating = false }: { template?: string | undefined; isUpdating?: boolean } = {},
): Replayed {
  const fixture = relative(terminal.cwd, path)
  const sent = readFixture(readText(terminal, path), fixture)
  const parsed = fixtureSchema.safeParse(sent)
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path: at, message }) => [...at, message].join(': '))
    throw usage(`${fixture} is no fixture: ${faults.join('; ')}`, 'docs/WEBHOOKS.md shows one.')
  }
  const made = madeOf(parsed.data, webhookOf(terminal, path, parsed.data, template))
  const { expected } = parsed.data
  const changes = expected ? jsonDiff(expected, made).map(shownChange) : []
  if (isUpdating && (!expected || changes.length > 0)) {
    writeFixture(path, { ...(sent as Fixture), expected: made })
    return { fixture, verdict: 'updated', changes }
  }
  if (!expected) return { fixture, verdict: 'new', changes: [] }
  return { fixture, verdict: changes.length === 0 ? 'passed' : 'failed', changes }
}

/** Numbers keep their digits, on the way in and out: ids of 64 bits are common in deliveries. */
function readFixture(text: string, fixture: string): unknown {
  try {
    return readExactJson(text)
  } catch (error) {
    throw usage(`${fixture} is no JSON: ${(error as Error).message}`)
  }
}

export const writeFixture = (path: string, fixture: Fixture): void =>
  writeFileSync(path, `${indented(stringifyJson(fixture))}\n`)

/** A value as an answer can show it: one that JavaScript's numbers cannot hold, as its JSON text. */
function shown(value: unknown): unknown {
  const text = stringifyJson(value)
  const read: unknown = JSON.parse(text)
  return JSON.stringify(read) === text ? read : text
}

const shownChange = ({ path, ...values }: Change): Change => ({
  path,
  ...('before' in values && { before: shown(values.before) }),
  ...('after' in values && { after: shown(values.after) }),
})

const NOBODY = { id: '00000000-0000-4000-8000-000000000000', name: 'test' }
const LONG_AGO = '2026-01-01T00:00:00.000000Z'

function webhookOf(
  terminal: Pick<Terminal, 'cwd'>,
  path: string,
  { webhook = NOBODY, template: file, preset }: ReadFixture,
  given: string | undefined,
): Webhook {
  const listed = preset === undefined ? undefined : CATALOGUE[preset]
  const beside = file === undefined ? null : join(dirname(path), file)
  if (beside !== null && given === undefined && !existsSync(beside)) {
    throw usage(`${relative(terminal.cwd, path)}: there is no template ${file} beside it`)
  }
  const own = beside === null ? listed?.template : (given ?? readText(terminal, beside))
  const template = given ?? own
  if (template === undefined) {
    const fix = 'Give it "template" (a file beside it) or "preset", or say -t @file.'
    throw new CommandError(`${relative(terminal.cwd, path)} names no template`, { fix })
  }
  const at = { created: LONG_AGO, updated: LONG_AGO, account: '', workspace: '', slug: '' }
  return {
    ...EXTRAS_BY_DEFAULT,
    ...at,
    ...webhook,
    description: '',
    enabled: true,
    service_account_id: null,
    template,
    ...(listed && { allowed_events: listed.events, allowed_resource_prefixes: listed.resources }),
  }
}

function madeOf({ request, received = LONG_AGO, verified }: ReadFixture, webhook: Webhook) {
  const { body, body_encoding: encoding } = request
  const text = typeof body === 'string' ? body : body === undefined ? '' : stringifyJson(body)
  const call: HookCall = {
    method: request.method,
    path: '/hooks/test',
    query: Object.entries(request.query),
    headers: Object.entries(request.headers),
    body: Buffer.from(text, encoding === 'base64' ? 'base64' : 'utf8'),
    ...(verified && { verified }),
  }
  const clean = withoutSecrets(call, { headers: [], query: [] })
  const { events, errors } = tryCall(webhook, clean, { occurred: received, newId: () => NOBODY.id })
  const made = {
    events: events.map(({ event, resource, related, payload }) => ({
      event,
      resource,
      related: related.slice(0, -1), // the last one is the webhook itself
      payload,
    })),
    errors: errors.map(({ cause, message }) => ({ cause, message })),
  }
  return readExactJson(stringifyJson(made)) as Expectation
}
