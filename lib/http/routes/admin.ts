// What clients ask of a server before anything else (Prefect: server/api/root.py, admin.py, csrf_token.py). They ask it before they
// know whether they need a key, so most of it is open to all: it is the same on every server.
import { z } from 'zod'
import { Refusal } from '../../core/errors.ts'
import type { PassTime } from '../../core/ports.ts'
import { parseBody } from '../../core/schema.ts'
import { formatInstant, MICROS_PER_SECOND } from '../../core/time.ts'
import { API_VERSION } from '../api-version.ts'
import { ok, type Route } from '../route.ts'

/** The version of Prefect we answer as: a client whose major differs refuses to talk. */
export const PREFECT_VERSION = '3.8.8'

/** How far the clock may be moved at once, in seconds: a year. */
const ADVANCE_SECONDS_MAX = 366 * 86_400

const advanceSchema = z.strictObject({ by: z.number().positive().max(ADVANCE_SECONDS_MAX) })

/** `passTime` is there where the clock can be moved: locally. */
export const adminRoutes = (passTime?: PassTime): Route[] => [
  constant('/health', 'Whether the server is up', true),
  constant('/ready', 'Whether the server takes requests', { message: 'OK' }),
  constant('/hello', 'A greeting', '👋'),
  constant('/version', 'The version of this API', API_VERSION),
  constant('/admin/version', 'The version of Prefect we answer as', PREFECT_VERSION),
  {
    ...constant('/admin/storage', 'Where results are kept: always with the client', {
      default_result_storage_block_id: null,
    }),
    needs: 'read',
  },
  {
    method: 'POST',
    path: '/admin/advance',
    needs: 'admin',
    summary:
      'Let seconds pass on a local clock; all that falls due on the way happens in its order',
    body: advanceSchema,
    async handle(call) {
      const { by } = parseBody(advanceSchema, await call.body())
      if (!passTime)
        throw new Refusal(409, 'Time passes by itself here: only a local clock can be moved.')
      const { now, left } = await passTime(Math.round(by * MICROS_PER_SECOND))
      return ok({ now: formatInstant(now), left: left / MICROS_PER_SECOND })
    },
  },
  {
    method: 'GET',
    path: '/csrf-token',
    needs: null,
    summary: 'Refused: there are no cookies here, so there is nothing to forge',
    answers: [],
    handle() {
      throw new Refusal(422, 'CSRF protection is disabled.')
    },
  },
]

const constant = (path: string, summary: string, body: unknown): Route => ({
  method: 'GET',
  path,
  needs: null,
  summary,
  handle: () => ok(body),
})
