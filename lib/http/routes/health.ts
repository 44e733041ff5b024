// How things are, for people and for monitors: what the console's health page shows. Ours beside Prefect's API. Dead letters hold records
// of any workspace, so they are the stack's administrators' alone.
import { notFound, Refusal } from '../../core/errors.ts'
import { type DeadLetters, NO_VITALS, type Vitals } from '../../core/vitals.ts'
import type { FeedReader } from '../../steps/feed.ts'
import { type HealthUses, healthOf } from '../../steps/health.ts'
import { isStackAdmin } from '../gate.ts'
import { type Call, ok, type Route } from '../route.ts'

/** Letters in one answer. */
const LETTERS_MAX = 200

/** `vitals` is there where a process can look at its own machinery: locally. */
export function healthRoutes(
  services: HealthUses,
  readFeed: FeedReader,
  vitals: Vitals = NO_VITALS,
): Route[] {
  const report = healthOf(services, readFeed, vitals)

  /** @throws Refusal 404 for whoever does not administer the stack; 409 where letters are kept elsewhere */
  function lettersFor({ caller }: Call): DeadLetters {
    if (!isStackAdmin(caller)) throw notFound('Dead letter')
    if (vitals.letters) return vitals.letters
    throw new Refusal(
      409,
      'Dead letters are in a bucket here; the function redrive tries them again.',
    )
  }

  return [
    {
      method: 'GET',
      path: '/health/report',
      needs: 'read',
      summary:
        'How things are: lag, failures, wakes, runs, workers, cost; null where it is not known',
      handle: async ({ workspace }) => ok(await report(workspace)),
    },
    {
      method: 'GET',
      path: '/health/dead-letters',
      needs: 'admin',
      summary: 'Records that a reader of a stream could not do, newest first',
      handle: async (call) => ok(await lettersFor(call).list(LETTERS_MAX)),
    },
    {
      method: 'GET',
      path: '/health/dead-letters/:letter',
      needs: 'admin',
      summary: 'A dead letter with its record',
      async handle(call) {
        const letter = await lettersFor(call).get(call.params.letter ?? '')
        if (!letter) throw notFound('Dead letter')
        return ok(letter)
      },
    },
    {
      method: 'POST',
      path: '/health/dead-letters/:letter/retry',
      needs: 'admin',
      summary: 'Hand a dead letter to its reader once more; done, it is gone',
      handle: async (call) => ok(await lettersFor(call).retry(call.params.letter ?? '')),
    },
  ]
}
