// Metric triggers: measurements added up in slices of time, and whether the value they come to breaches. The value changes when
// something is measured and when a slice leaves the range; both are moments that are known, so nothing polls. A bucket's time is that of
// the events it took and of the wakes that found something due: no clock is read, and a batch that comes again decides the same again.
import type { Bucket, MetricState, Slice, Turning } from './bucket.ts'
import type { CompiledMetric } from './compiled-trigger.ts'
import type { FiringDecision } from './firing.ts'
import type { Measurement } from './measurement.ts'
import { hasTaken, taking } from './taken.ts'
import { formatInstant, MICROS_PER_SECOND, type Micros } from './time.ts'

/** A range is looked at in so many parts: what was measured stays in for up to a sixtieth longer than asked. */
const SLICES_PER_RANGE = 60

/** What `measure` and `lapse` decided. */
export interface MetricDecision {
  /** The next state: the very object passed in when there is nothing to write. */
  bucket: Bucket | null
  /** In the order in which they came about: a breach may have come and gone before anybody looked. */
  firings: FiringDecision[]
}

/**
 * Decide what a measurement does to a metric trigger's bucket. First the bucket's time comes to the moment of the measurement, with
 * all that `lapse` finds on the way; then it is added:
 *
 * 1. repeated: the bucket has taken this event before; nothing changes.
 * 2. late:     the moment it counts for has left the range, and nothing changes. Delivered again it is late again.
 * 3. counted:  the value says what was believed; a turn that had begun is over.
 * 4. turning:  the value says otherwise, from now on or still.
 * 5. fired:    `firing_for` is 0, and turning is having turned.
 */
export function measure(
  metric: CompiledMetric,
  bucket: Bucket | null,
  measurement: Measurement,
): MetricDecision {
  const { eventId, at } = measurement
  if (bucket && hasTaken(bucket.taken, eventId)) return { bucket, firings: [] }
  const before = bucket?.metric ?? newState(at)
  const reached = pass(metric, before, Math.max(before.asOf, at))
  const n = sliceAt(metric, measurement.placedAt)
  if (leavesAt(metric, n) <= reached.state.asOf) return { bucket, firings: [] }
  const added = {
    ...reached.state,
    slices: withMeasurement(reached.state.slices, n, measurement),
    lastEventId: eventId,
  }
  const { state, firings } = pass(metric, believing(metric, added, eventId), added.asOf)
  const taken = taking(bucket?.taken ?? '', eventId)
  return {
    bucket: { key: [], window: null, taken, dueAt: null, metric: state },
    firings: [...reached.firings, ...firings],
  }
}

/**
 * Decide what the passing of time does to a metric trigger's bucket, until a moment up to which all events are known to have been
 * measured. To be called when `nextTurnAt` has come.
 *
 * 1. waiting: nothing is due until then; nothing changes.
 * 2. fired:   the value has said otherwise for `firing_for`, by itself or because slices left the range: Triggered, or Resolved.
 */
export function lapse(
  metric: CompiledMetric,
  bucket: Bucket | null,
  until: Micros,
): MetricDecision {
  if (!bucket?.metric) return { bucket, firings: [] }
  const { state, firings } = pass(metric, bucket.metric, until)
  return firings.length === 0
    ? { bucket, firings }
    : { bucket: { ...bucket, metric: state }, firings }
}

/** When the trigger fires if nothing more is measured; null: it will not. */
export function nextTurnAt(metric: CompiledMetric, from: MetricState): Micros | null {
  let state = from
  for (;;) {
    const due = dueTurn(metric, state)
    if (due) return due.at
    const at = nextLeaving(metric, state)
    if (at === null) return null
    state = withoutLeft(metric, state, at)
  }
}

/** When nothing is left in the range. */
export const emptyAt = (metric: CompiledMetric, { slices, asOf }: MetricState): Micros =>
  Math.max(asOf, ...slices.map(([n]) => leavesAt(metric, n)))

/** The metric's value: a share between 0 and 1, or an average in seconds; null when nothing was measured in the range. */
export function metricValue({ name }: CompiledMetric, { slices }: MetricState): number | null {
  let [count, sum, failures] = [0, 0, 0]
  for (const [, counted, summed, failed] of slices) {
    count += counted
    sum += summed
    // Runs that went Pending before the trigger was there may fail, or be tried again, after.
    failures += Math.min(Math.max(0, failed), counted)
  }
  if (count === 0) return null
  return name === 'successes' ? (count - failures) / count : sum / count / MICROS_PER_SECOND
}

const newState = (asOf: Micros): MetricState => ({
  asOf,
  slices: [],
  isBreached: false,
  turning: null,
  lastEventId: null,
})

/** Lets time pass, from one moment at which something changes to the next. What is due comes before what leaves. */
function pass(
  metric: CompiledMetric,
  from: MetricState,
  until: Micros,
): { state: MetricState; firings: FiringDecision[] } {
  const firings: FiringDecision[] = []
  let state = from
  for (;;) {
    const due = dueTurn(metric, state)
    if (due && due.at <= until) {
      firings.push(firingOf(metric, state, due))
      state = { ...state, asOf: due.at, isBreached: !state.isBreached, turning: null }
      continue
    }
    const at = nextLeaving(metric, state)
    if (at === null || at > until) return { state: { ...state, asOf: until }, firings }
    state = withoutLeft(metric, state, at)
  }
}

/** The turn that has begun and when it is complete, if no slice leaves before that. */
function dueTurn(metric: CompiledMetric, state: MetricState): (Turning & { at: Micros }) | null {
  if (state.turning === null) return null
  const at = state.turning.since + metric.firingFor
  const isNext = at <= (nextLeaving(metric, state) ?? Number.POSITIVE_INFINITY)
  return isNext ? { ...state.turning, at } : null
}

function firingOf(metric: CompiledMetric, state: MetricState, turning: Turning): FiringDecision {
  const { name, operator, threshold } = metric
  const to = state.isBreached ? 'Resolved' : 'Triggered'
  return {
    cause: `${to}/${turning.eventId ?? formatInstant(turning.since)}`,
    labels: {},
    eventId: state.lastEventId,
    turn: { state: to, metric: { name, operator, threshold, value: metricValue(metric, state) } },
  }
}

function withoutLeft(metric: CompiledMetric, state: MetricState, at: Micros): MetricState {
  const slices = state.slices.filter(([n]) => leavesAt(metric, n) > at)
  return believing(metric, { ...state, asOf: at, slices }, null)
}

/** The state after its value has changed, by an event or not: whether it is turning, and if it was not before, since now. */
function believing(
  metric: CompiledMetric,
  state: MetricState,
  eventId: string | null,
): MetricState {
  const isTurning = breaches(metric, metricValue(metric, state)) !== state.isBreached
  return { ...state, turning: isTurning ? (state.turning ?? { since: state.asOf, eventId }) : null }
}

function breaches({ operator, threshold }: CompiledMetric, value: number | null): boolean {
  if (value === null) return false
  switch (operator) {
    case '<':
      return value < threshold
    case '<=':
      return value <= threshold
    case '>':
      return value > threshold
    case '>=':
      return value >= threshold
  }
}

const widthOf = ({ range }: CompiledMetric): Micros => Math.ceil(range / SLICES_PER_RANGE)

const sliceAt = (metric: CompiledMetric, at: Micros): number => Math.floor(at / widthOf(metric))

/** The moment at which the whole of a slice lies before the range. */
const leavesAt = (metric: CompiledMetric, n: number): Micros =>
  (n + 1) * widthOf(metric) + metric.range

function nextLeaving(metric: CompiledMetric, { slices }: MetricState): Micros | null {
  const [oldest] = slices
  return oldest ? leavesAt(metric, oldest[0]) : null
}

function withMeasurement(slices: Slice[], n: number, measurement: Measurement): Slice[] {
  const [, count, sum, failures] = slices.find(([number]) => number === n) ?? [n, 0, 0, 0]
  const slice: Slice = [
    n,
    count + measurement.count,
    sum + measurement.sum,
    failures + measurement.failures,
  ]
  return [...slices.filter(([number]) => number !== n), slice].sort(([a], [b]) => a - b)
}
