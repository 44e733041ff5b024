// API keys of a workspace. A key's text is in the answer that makes it and nowhere else, ever again. A revoked key stays listed on
// request, so that whoever shows it later is recognised.
import {
  type ApiKey,
  KEY_SECRETS_MAX,
  keyAnswer,
  keyText,
  revoked,
  rotated,
  statusOf,
} from '../../core/api-key.ts'
import {
  keyCreateSchema,
  keyFilterSchema,
  keyRotateSchema,
  newKey,
} from '../../core/api-key-schema.ts'
import { notFound, Refusal } from '../../core/errors.ts'
import { descending, pageOf } from '../../core/order.ts'
import type { Services } from '../../core/ports.ts'
import { parseBody } from '../../core/schema.ts'
import { formatInstant, MICROS_PER_SECOND } from '../../core/time.ts'
import { amend } from '../../steps/amend.ts'
import { type Call, created, idParam, noContent, ok, type Route } from '../route.ts'

export function apiKeyRoutes({
  apiKeys,
  clock,
  ids,
}: Pick<Services, 'apiKeys' | 'clock' | 'ids'>): Route[] {
  /** The one answer that holds the text. */
  const shownOnce = (key: ApiKey, text: string) => ({ ...keyAnswer(key, clock.now()), key: text })

  const change = (call: Call, decide: (key: ApiKey) => ApiKey) =>
    amend<ApiKey>(
      () => apiKeys.get(call.workspace, idParam(call)),
      decide,
      (next, was) => apiKeys.replace(next, was),
    )

  const routes: Omit<Route, 'needs'>[] = [
    {
      method: 'POST',
      path: '/keys',
      summary: 'Make an API key; the answer holds its text, once',
      body: keyCreateSchema,
      answers: [201],
      async handle(call) {
        const sent = parseBody(keyCreateSchema, await call.body())
        const [id, at] = [ids.next(), clock.now()]
        const text = keyText(id, ids.secret())
        const { workspace } = call
        const key = newKey(sent, { id, workspace, text, now: formatInstant(at), at })
        await apiKeys.create(key)
        return created(shownOnce(key, text))
      },
    },
    {
      method: 'POST',
      path: '/keys/filter',
      summary: 'API keys that meet a filter, newest first; without their texts',
      body: keyFilterSchema,
      async handle(call) {
        const asked = parseBody(keyFilterSchema, (await call.body()) ?? {})
        const { id, name } = asked.api_keys ?? {}
        const now = clock.now()
        const found = (await apiKeys.list(call.workspace)).filter(
          (key) =>
            (id?.any_.includes(key.id) ?? true) &&
            (name?.any_.includes(key.name) ?? true) &&
            (asked.include_inactive || statusOf(key, now) === 'active'),
        )
        const newest = found.sort(descending((key) => key.created))
        return ok(pageOf(newest, asked).map((key) => keyAnswer(key, now)))
      },
    },
    {
      method: 'GET',
      path: '/keys',
      summary: 'API keys that are good, newest first; without their texts',
      async handle(call) {
        const now = clock.now()
        const good = (await apiKeys.list(call.workspace)).filter(
          (key) => statusOf(key, now) === 'active',
        )
        return ok(good.sort(descending((key) => key.created)).map((key) => keyAnswer(key, now)))
      },
    },
    {
      method: 'GET',
      path: '/keys/:id',
      summary: 'An API key, without its text',
      async handle(call) {
        const found = await apiKeys.get(call.workspace, idParam(call))
        if (!found) throw notFound('API key')
        return ok(keyAnswer(found.value, clock.now()))
      },
    },
    {
      method: 'POST',
      path: '/keys/:id/rotate',
      summary: 'Give an API key a new text; the old one is taken for a while longer',
      body: keyRotateSchema,
      async handle(call) {
        const sent = parseBody(keyRotateSchema, (await call.body()) ?? {})
        const at = clock.now()
        const now = formatInstant(at)
        const until = formatInstant(at + Math.round(sent.overlap_seconds * MICROS_PER_SECOND))
        const text = keyText(idParam(call), ids.secret())
        const changed = await change(call, (key) => {
          requireActive(key, at)
          const next = rotated(key, { text, now, at, until })
          if (!next) throw tooManyTexts()
          return next
        })
        if (!changed) throw notFound('API key')
        return ok(shownOnce(changed, text))
      },
    },
    {
      method: 'DELETE',
      path: '/keys/:id',
      summary: 'Revoke an API key, for ever; it is refused within five seconds',
      async handle(call) {
        const now = formatInstant(clock.now())
        if (!(await change(call, (key) => revoked(key, now)))) throw notFound('API key')
        return noContent
      },
    },
  ]
  return routes.map((route) => ({ ...route, needs: 'admin' }))
}

function requireActive(key: ApiKey, now: number): void {
  const status = statusOf(key, now)
  if (status !== 'active') throw new Refusal(409, `This key is ${status}; make another`)
}

const tooManyTexts = () =>
  new Refusal(
    409,
    `This key goes by ${KEY_SECRETS_MAX} texts already; wait until the overlap of one has passed, or say overlap_seconds: 0`,
  )
