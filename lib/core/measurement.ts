// Measurements: what one event of a flow run's new state says of a metric (Prefect's documentation, "Metric triggers"). Which state was
// left and which entered is in its payload. When the earlier state that counts began is not: the events that it follows tell.
import { type Event, resourceId } from './event.ts'
import { isTerminal, type StateType } from './run.ts'
import { type Micros, parseInstant } from './time.ts'
import type { MetricName } from './trigger.ts'

/** What an event adds to a metric. Sums and counts only, so that no order of adding them makes a difference. */
export interface Measurement {
  eventId: string
  /** When it happened, as far as a bucket's time is concerned. */
  at: Micros
  /** The moment it counts for. A failure counts for when its run went Pending, so that it leaves the range together with that. */
  placedAt: Micros
  count: 0 | 1
  /** How long it took, in what is averaged. */
  sum: Micros
  /** -1 when a failed run is tried again. */
  failures: -1 | 0 | 1
}

/** Events walked back at most: ten retries. What began earlier than that is not measured. */
const ORIGIN_HOPS_MAX = 20

/** A change of state, as its event's payload has it. */
interface Move {
  from: { type: string; name: string } | null
  to: { type: string; name: string }
  /** How often the run has been Running. */
  runCount: number
}

interface Method {
  /** Whether the move is one that is measured. */
  isMeasured(move: Move): boolean
  /** Whether it is the one from which is measured: where the run went Pending, Running, Late. */
  isOrigin(move: Move): boolean
  /** Whether the origin may lie before it. */
  isOnTheWay(move: Move): boolean
}

const METHODS: Readonly<Record<MetricName, Method>> = {
  successes: {
    isMeasured: (move) => beginsPending(move) || failuresOf(move) !== 0,
    isOrigin: beginsPending,
    isOnTheWay: () => true,
  },
  duration: {
    isMeasured: ({ from, to }) => isOneOf(from, STILL_RUNNING) && isTerminal(to.type as StateType),
    isOrigin: ({ from, to }) => to.type === 'RUNNING' && from?.type !== 'RUNNING',
    isOnTheWay: ({ from }) => isOneOf(from, STILL_RUNNING),
  },
  lateness: {
    isMeasured: ({ from, to }) => isOneOf(from, WAITING) && isOneOf(to, ['RUNNING', 'CRASHED']),
    isOrigin: ({ to }) => to.type === 'SCHEDULED' && to.name === 'Late',
    isOnTheWay: ({ from }) => isOneOf(from, WAITING) && from?.name !== 'Scheduled',
  },
}

/** Whoever is being cancelled still runs. */
const STILL_RUNNING = ['RUNNING', 'CANCELLING']
const WAITING = ['SCHEDULED', 'PENDING']
const FAILURES = ['FAILED', 'CRASHED']

const isOneOf = (state: Move['from'], types: string[]): boolean =>
  state !== null && types.includes(state.type)

/** The first time only: a run that is tried again is the same run. */
function beginsPending({ from, to, runCount }: Move): boolean {
  if (to.type !== 'PENDING' || runCount > 0) return false
  return from === null || (from.type === 'SCHEDULED' && from.name !== 'AwaitingRetry')
}

function failuresOf({ from, to }: Move): -1 | 0 | 1 {
  const isFailed = isOneOf(to, FAILURES)
  if (isFailed === isOneOf(from, FAILURES)) return 0
  return isFailed ? 1 : -1
}

/** Whether an event may add to a metric, once its origin is known. */
export function isMeasured(metric: MetricName, event: Event): boolean {
  const move = moveOf(event)
  return move !== null && METHODS[metric].isMeasured(move)
}

/**
 * What an event says on the way back from a measured one, itself included, to its origin: that it is the origin, that the one it
 * follows may be, or that there is none.
 */
function wayBack(metric: MetricName, event: Event): 'origin' | 'further' | 'none' {
  const move = moveOf(event)
  if (!move) return 'none'
  if (METHODS[metric].isOrigin(move)) return 'origin'
  return METHODS[metric].isOnTheWay(move) ? 'further' : 'none'
}

/**
 * What an event adds to a metric; null when it adds nothing, or when nobody knows any more since when. Yields the ids of earlier events
 * of the run, one by one, and is to be given each, or null: how they are read is the caller's.
 */
export function* measuring(
  metric: MetricName,
  event: Event,
): Generator<string, Measurement | null, Event | null> {
  if (!isMeasured(metric, event)) return null
  let origin: Event | null = event
  for (let hops = 0; hops <= ORIGIN_HOPS_MAX; hops += 1) {
    if (!origin || !isOfSameRun(origin, event)) return null
    const way = wayBack(metric, origin)
    if (way === 'origin') return measurementOf(metric, event, origin)
    if (way === 'none' || origin.follows === null) return null
    origin = yield origin.follows
  }
  return null
}

/** What a measured event adds, given its origin, which is an event of the same run or itself. */
function measurementOf(metric: MetricName, event: Event, origin: Event): Measurement {
  const move = moveOf(event)
  const at = momentOf(event)
  const measured = { eventId: event.id, at }
  if (metric === 'successes') {
    const count = event.id === origin.id ? 1 : 0
    return {
      ...measured,
      placedAt: momentOf(origin),
      count,
      sum: 0,
      failures: move ? failuresOf(move) : 0,
    }
  }
  const sum = Math.max(0, instant(event.occurred) - instant(origin.occurred))
  return { ...measured, placedAt: at, count: 1, sum, failures: 0 }
}

const isOfSameRun = (a: Event, b: Event): boolean => resourceId(a) === resourceId(b)

/** When it occurred, but nothing happens after its arrival: one sender's wrong clock must not move time for all. */
const momentOf = (event: Event): Micros =>
  Math.min(instant(event.occurred), instant(event.received))

const instant = (text: string): Micros => parseInstant(text) ?? 0

/** Anybody may emit events of these names: those that do not tell of a move are not measured. */
function moveOf({ payload, resource }: Event): Move | null {
  const to = stateOf(payload.validated_state)
  if (!to) return null
  return {
    from: stateOf(payload.initial_state),
    to,
    runCount: Number(resource['prefect.run-count'] ?? 0) || 0,
  }
}

function stateOf(value: unknown): Move['to'] | null {
  if (typeof value !== 'object' || value === null) return null
  const { type, name } = value as Record<string, unknown>
  return typeof type === 'string' && typeof name === 'string' ? { type, name } : null
}
