// Backtests: what an automation would have done over events of the past, beside what it did as it was saved before. Two replays of
// the same events, counted as they fire; memory does not grow with the firings.
import type { Automation } from './automation.ts'
import { compileAutomation } from './compiled-trigger.ts'
import type { ChildFiring } from './composite.ts'
import type { Fate } from './evaluate.ts'
import type { Event } from './event.ts'
import type { Rehearsed } from './rehearsal.ts'
import { type Replay, replay } from './replay.ts'
import { formatInstant, MICROS_PER_SECOND, type Micros } from './time.ts'

/** A firing that would have been: what is kept of it until its events and parameters are looked up. */
export interface BacktestFiring {
  firing: ChildFiring
  /** The event that came and made it fire; null when time alone did. */
  event: Event | null
}

/** Firings, in number: as it would be now, and as it is saved. */
export interface BacktestCounts {
  now: number
  /** Null: there is nothing to compare with. */
  before: number | null
  /** Firings of one side alone; another event, or other labels, is another firing. */
  added: number
  removed: number
}

/** Firings of one stretch of time, for a chart. */
export interface BacktestBar {
  /** The beginning; it ends where the next one begins. */
  start: string
  now: number
  before: number
}

/** What a backtest came to, firings apart. */
export interface BacktestTally {
  since: string
  /** How far it came: what was asked for, unless it is incomplete. */
  until: string
  events: number
  firings: BacktestCounts
  /** What became of events and of deadlines, of all triggers of the automation; `held` waited for the one they follow. */
  fates: Partial<Record<Fate | 'held', number>>
  /** Seconds of one bar. */
  bar_seconds: number
  histogram: BacktestBar[]
}

/** One firing that is shown. */
export interface BacktestSample {
  triggered: string
  trigger_states: string[]
  labels: Record<string, string>
  /** Null for a silence in which nothing at all was seen. */
  event: Event | null
  actions: Rehearsed[]
}

export interface BacktestResult extends BacktestTally {
  /** The last firings, newest first. */
  samples: BacktestSample[]
  /** Why it did not come to the end; null: it did. */
  incomplete: 'time' | 'memory' | null
}

/** How far a backtest has come. */
export interface BacktestProgress {
  events: number
  reached: string
  /** Between 0 and 1. */
  share: number
}

/** What is replayed; both sides see the same events. */
export interface BacktestOptions {
  automation: Pick<Automation, 'id' | 'trigger'>
  /** As it is saved now; null for a new one. */
  before: Pick<Automation, 'id' | 'trigger'> | null
  since: Micros
  until: Micros
  /** See ReplayOptions. */
  ticks?: boolean
}

/** A backtest under way: fed with events until `isFull`, then asked. */
export interface Backtest {
  /** Takes events in the order in which they came. */
  arrive(events: readonly Event[]): void
  /** Time passes to a moment; no event before it will come. */
  pass(to: Micros): void
  isFull(): boolean
  tally(): BacktestTally
  /** The last firings, newest first. */
  samples(): BacktestFiring[]
}

/** Firings that are shown. */
const SAMPLES_MAX = 10
/** Firings of one side that wait for the same one of the other: they come close together, or not at all. */
const UNMATCHED_MAX = 10_000
/** Bars at most, and how wide they may be. */
const BARS_MAX = 60
const BAR_SECONDS = [1, 10, 60, 300, 900, 3_600, 21_600, 86_400, 604_800]

/** A backtest that has seen nothing yet. It holds no firings beyond the samples. */
export function createBacktest(options: BacktestOptions): Backtest {
  const { since, until } = options
  const ticks = options.ticks ?? true
  const matching = unmatched()
  const barSeconds = barOf(until - since)
  const bars = new Map<number, { now: number; before: number }>()
  const fates: BacktestTally['fates'] = {}
  const samples: BacktestFiring[] = []
  let events = 0
  let reached = since

  const note = (fate: Fate | 'held') => {
    fates[fate] = (fates[fate] ?? 0) + 1
  }

  const count = (side: 'now' | 'before') => (firing: ChildFiring, event: Event | null) => {
    const at = Math.floor((firing.firedAt - since) / (barSeconds * MICROS_PER_SECOND))
    const bar = bars.get(at) ?? { now: 0, before: 0 }
    bar[side] += 1
    bars.set(at, bar)
    if (options.before) matching.add(side, sameness(firing))
    if (side === 'before') return
    samples.push({ firing, event })
    if (samples.length > SAMPLES_MAX) samples.shift()
  }

  const sides: Replay[] = [
    replay(compileAutomation(options.automation), {
      from: since,
      ticks,
      fired: count('now'),
      watch: ({ fate }) => note(fate),
      held: () => note('held'),
    }),
  ]
  if (options.before) {
    const compiled = compileAutomation(options.before)
    sides.push(replay(compiled, { from: since, ticks, fired: count('before') }))
  }

  const total = (side: 'now' | 'before') =>
    [...bars.values()].reduce((sum, bar) => sum + bar[side], 0)

  function countsOf(): BacktestCounts {
    const now = total('now')
    if (!options.before) return { now, before: null, added: now, removed: 0 }
    const { added, removed } = matching.counts()
    return { now, before: total('before'), added, removed }
  }

  return {
    arrive(batch) {
      for (const side of sides) side.arrive(batch)
      events += batch.length
    },
    pass(to) {
      for (const side of sides) side.pass(to)
      reached = to
    },
    isFull: () => sides.some((side) => side.isFull()),
    tally: () => ({
      since: formatInstant(since),
      until: formatInstant(reached),
      events,
      firings: countsOf(),
      fates: { ...fates },
      bar_seconds: barSeconds,
      histogram: histogramOf(bars, { since, until: reached, barSeconds }),
    }),
    samples: () => samples.toReversed(),
  }
}

/** What makes a firing the same on both sides: not its moment, which a changed trigger may shift, unless time alone fired it. */
const sameness = ({ eventId, firedAt, labels, turn }: ChildFiring): string =>
  JSON.stringify([eventId ?? firedAt, turn?.state ?? 'Triggered', Object.entries(labels).sort()])

/** Firings that only one side has, so far. */
function unmatched() {
  const excess = new Map<string, number>()
  const settled = { added: 0, removed: 0 }

  function settle(key: string, surplus: number): void {
    excess.delete(key)
    if (surplus > 0) settled.added += surplus
    else settled.removed -= surplus
  }

  return {
    add(side: 'now' | 'before', key: string): void {
      const surplus = (excess.get(key) ?? 0) + (side === 'now' ? 1 : -1)
      excess.delete(key)
      if (surplus !== 0) excess.set(key, surplus)
      if (excess.size <= UNMATCHED_MAX) return
      const [oldest] = excess
      if (oldest) settle(...oldest)
    },
    counts() {
      const open = [...excess.values()]
      return {
        added: settled.added + sum(open.filter((surplus) => surplus > 0)),
        removed: settled.removed - sum(open.filter((surplus) => surplus < 0)),
      }
    },
  }
}

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0)

function barOf(span: Micros): number {
  const seconds = span / MICROS_PER_SECOND
  const fits = BAR_SECONDS.find((bar) => seconds / bar <= BARS_MAX)
  return fits ?? Math.ceil(seconds / BARS_MAX / 604_800) * 604_800
}

function histogramOf(
  bars: Map<number, { now: number; before: number }>,
  { since, until, barSeconds }: { since: Micros; until: Micros; barSeconds: number },
): BacktestBar[] {
  const width = barSeconds * MICROS_PER_SECOND
  const last = Math.max(Math.ceil((until - since) / width) - 1, ...bars.keys())
  return Array.from({ length: Math.max(0, last + 1) }, (_, at) => ({
    start: formatInstant(since + at * width),
    ...(bars.get(at) ?? { now: 0, before: 0 }),
  }))
}
