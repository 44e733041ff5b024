// How a workspace and the machinery below it are doing, in one answer for the console and for GET /health/report. What this process
// cannot know is null, never a guess: on AWS the readers of streams are others, and CloudWatch watches them.
import { usdOf, usdPerMonth } from '../core/capacity.ts'
import type { FateCounts } from '../core/fates.ts'
import { type EventFilter, eventFilterSchema } from '../core/filter.ts'
import type { Services } from '../core/ports.ts'
import { isOnline } from '../core/readiness.ts'
import { formatInstant, MICROS_PER_SECOND } from '../core/time.ts'
import { NO_VITALS, type ReaderVitals, type Vitals, type WakeVitals } from '../core/vitals.ts'
import type { Workspace } from '../core/workspace.ts'
import type { FeedReader } from './feed.ts'

/** Events that tell of something that went wrong on our side of the road. */
export const TROUBLES = [
  'prefect-cloud.webhook.failed',
  'prefect.automation.action.failed',
  'tripline.delivery.dead-lettered',
  'tripline.automation.paused',
]

const DAY = 86_400 * MICROS_PER_SECOND
/** Runs looked through, the newest first. */
const RUNS_MAX = 1_000

export interface HealthReport {
  at: string
  feed: {
    /** When the newest event came in, of those that have gone all the way to the feed; null: none within a day. */
    newest_received: string | null
    last_day: number
    in_memory: number
  }
  last_day: { failures: number; deliveries_given_up: number }
  /** Of the thousand newest. */
  runs: { waiting: number; late: number; running: number }
  workers: { online: number; offline: number }
  automations: { enabled: number; disabled: number }
  readers: (Omit<ReaderVitals, 'behindMs'> & { behind_ms: number | null })[] | null
  wakes: (Omit<WakeVitals, 'next'> & { next: string })[] | null
  /** Calls of outside addresses whose next attempt has a time. */
  deliveries_waiting: number | null
  /** Records of streams that their readers could not do. */
  dead_letters: number | null
  /** Events that triggers wanted and that came late, wait, or were ignored, since the process began. */
  fates: FateCounts | null
  /** What the tables were asked since the process began, and would have cost on AWS. */
  spending: {
    since: string
    requests: number
    read_units: number
    write_units: number
    usd: number
    usd_per_month: number | null
  } | null
  dashboard_url: string | null
}

export type HealthUses = Pick<Services, 'clock' | 'runs' | 'automations' | 'workPools'>

export const healthOf =
  (services: HealthUses, readFeed: FeedReader, vitals: Vitals = NO_VITALS) =>
  async (workspace: Workspace): Promise<HealthReport> => {
    const now = services.clock.now()
    const [feed, ofRuns, workers, automations, letters] = await Promise.all([
      feedFigures(readFeed, workspace, now),
      runFigures(services, workspace),
      workerFigures(services, workspace, now),
      services.automations.list(workspace),
      vitals.letters?.count() ?? null,
    ])
    const enabled = automations.filter(({ automation }) => automation.enabled).length
    const wakes = vitals.wakes?.(workspace) ?? null
    return {
      at: formatInstant(now),
      ...feed,
      runs: ofRuns,
      workers,
      automations: { enabled, disabled: automations.length - enabled },
      readers: readersOf(vitals),
      wakes: wakes?.map((one) => ({ ...one, next: formatInstant(one.next) })) ?? null,
      deliveries_waiting: wakes && (wakes.find(({ kind }) => kind === 'delivery')?.count ?? 0),
      dead_letters: letters,
      fates: vitals.fates?.() ?? null,
      spending: spendingOf(vitals, now),
      dashboard_url: vitals.dashboardUrl,
    }
  }

async function feedFigures(readFeed: FeedReader, workspace: Workspace, now: number) {
  const index = await readFeed(workspace)
  const ask = (names: string[] | null) => index.query({ filter: lastDay(names, now), limit: 1 })
  const all = ask(null)
  return {
    feed: {
      newest_received: all.events[0]?.received ?? null,
      last_day: all.total,
      in_memory: index.size,
    },
    last_day: {
      failures: ask(TROUBLES).total,
      deliveries_given_up: ask(['tripline.delivery.dead-lettered']).total,
    },
  }
}

/** Events of the last day, of these names or of any. */
export function lastDay(names: string[] | null, now: number): EventFilter {
  const filter = eventFilterSchema.parse({ event: names && { name: names } })
  return { ...filter, occurred: { since: formatInstant(now - DAY), until: formatInstant(now) } }
}

async function runFigures({ runs }: HealthUses, workspace: Workspace) {
  const newest = await runs.list(workspace, { newest: RUNS_MAX })
  const waiting = newest.filter(({ state }) => state?.type === 'SCHEDULED')
  return {
    waiting: waiting.length,
    late: waiting.filter(({ state }) => state?.name === 'Late').length,
    running: newest.filter(({ state }) => state?.type === 'RUNNING').length,
  }
}

async function workerFigures({ workPools }: HealthUses, workspace: Workspace, now: number) {
  const pools = await workPools.list(workspace)
  const workers = await Promise.all(pools.map(({ name }) => workPools.workers(workspace, name)))
  const online = workers.flat().filter((worker) => isOnline(worker, now)).length
  return { online, offline: workers.flat().length - online }
}

const readersOf = ({ readers }: Vitals): HealthReport['readers'] =>
  readers?.().map(({ behindMs, ...reader }) => ({ ...reader, behind_ms: behindMs })) ?? null

function spendingOf({ spending }: Vitals, now: number): HealthReport['spending'] {
  const spent = spending?.()
  if (!spent) return null
  return {
    since: formatInstant(spent.since),
    requests: spent.requests,
    read_units: spent.readUnits,
    write_units: spent.writeUnits,
    usd: usdOf(spent),
    usd_per_month: usdPerMonth(spent, now),
  }
}
