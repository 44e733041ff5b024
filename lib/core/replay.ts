// Replaying: events of the past through the very decisions of the stream's step, over buckets in memory and on a clock that is told
// the time. Wakes are a queue: what falls due between two events is looked at at its own moment. Nothing is acted on.
import { agenda } from './agenda.ts'
import type { Bucket } from './bucket.ts'
import { compareCodePoints } from './code-points.ts'
import type { CompiledAutomation, CompiledTrigger } from './compiled-trigger.ts'
import type { ChildFiring } from './composite.ts'
import { nextDeadline } from './deadline.ts'
import type { Event } from './event.ts'
import { type Arrival, bucketKeyOf, type Decided, decideAll, type Memory } from './fold.ts'
import { bucketKey, bucketName, isEvaluated, isInterested } from './match.ts'
import { isMeasured, type Measurement, measuring } from './measurement.ts'
import { decideWithEarlier, earlierEvents } from './opening.ts'
import { inCausalOrder, lost, mustWait, released, waitsUntil } from './ordering.ts'
import { forEver, forLeaderMemory, type Moves, movesMemory, replayMemory } from './replay-memory.ts'
import { type Micros, parseInstant } from './time.ts'

/** How the time of a replay passes, and who looks on. */
export interface ReplayOptions {
  /** When the automation is taken to be saved: a silence without for_each is watched from here, earlier events are not met. */
  from: Micros
  /**
   * What a server does between events: it forgets windows that ended long ago, and events that wait for one that never comes are counted
   * without it; no id counts twice. False: nothing of that happens, as between two ticks of Prefect's services, and an id is known for
   * half an hour. Silences are looked at in either case. @default true
   */
  ticks?: boolean
  /** Told of every firing that reached the root; the event is the one that came, null when time alone made it fire. */
  fired(firing: ChildFiring, event: Event | null): void
  /** Told of every decision on the way. */
  watch?: (decided: Decided, now: Micros) => void
  /** Told of events that wait for the one they follow. */
  held?: (event: Event) => void
}

/** A replay under way: its clock stands still until it is fed. */
export interface Replay {
  /** Takes events in the order in which they came; those of one moment in that in which they occurred. Time passes with them. */
  arrive(events: readonly Event[]): void
  /** Lets time pass: everything due until then, and at that moment, is looked at. */
  pass(until: Micros): void
  /** What a trigger's bucket or a composite remembers now. */
  memory: Pick<Memory, 'get'>
  /** Events that wait for the one they follow. */
  waiting(): Event[]
  /** Whether it holds more than it may: what comes after this would be remembered in part, so it is to end here. */
  isFull(): boolean
}

/** Characters that buckets and events in memory may have: about 64 MB. */
const MEMORY_CHARACTERS_MAX = 64_000_000
/** Different events in one replay. */
const EVENTS_MAX = 5_000_000

type Wake = { at: Micros } & ({ trigger: CompiledTrigger; key: string } | { held: true })

/** Replays for one automation. What has come may be shared with other replays of the same events. */
export function replay(automation: CompiledAutomation, options: ReplayOptions): Replay {
  let clock = options.from
  const memory = replayMemory(() => clock)
  const { ticks = true } = options
  const evaluated = ticks ? forEver() : forLeaderMemory()
  const waiting = new Map<string, Event>()
  const moves = movesMemory()
  const earlier = earlierEvents()
  const wakes = agenda<Wake>()
  /** By bucket, the one wake that is outstanding. */
  const armed = new Map<string, Micros>()
  const hasMetric = automation.triggers.some(({ metric }) => metric !== null)
  /** A lone trigger without memory fires at once, whoever is followed. Children are remembered by their composite. */
  const holds =
    !ticks ||
    automation.composites.length > 0 ||
    automation.triggers.some(({ hasMemory }) => hasMemory)

  function decide(arrivals: Arrival[], now: Micros, event: Event | null): void {
    clock = now
    const watch = (decided: Decided) => options.watch?.(decided, now)
    const opens = ticks && arrivals.some(({ trigger }) => trigger.hasAfter)
    const firings = opens
      ? decideOpening(arrivals, now, watch)
      : decideAll(automation, arrivals, { memory, now, sweeps: ticks, watch })
    for (const firing of firings) options.fired(firing, event)
    for (const { trigger, key } of arrivals) arm(trigger, key)
  }

  /** With what came before a window that is opened, and after that beginning: all but what was counted is remembered. */
  function decideOpening(arrivals: Arrival[], now: Micros, watch: (decided: Decided) => void) {
    const deciding = decideWithEarlier(automation, arrivals, { memory, now })
    let step = deciding.next()
    while (!step.done) step = deciding.next(earlier.find(step.value))
    for (const [key, { value, disposableAt }] of step.value.memory.changes) {
      memory.set(key, value, disposableAt)
    }
    for (const decided of step.value.decisions) {
      watch(decided)
      const { arrival, before, bucket } = decided
      if ('event' in arrival && arrival.trigger.hasAfter && before === bucket) earlier.add(arrival)
    }
    return step.value.firings
  }

  function arm(trigger: CompiledTrigger, key: string): void {
    const deadline = nextDeadline(trigger, memory.get<Bucket>(key))
    if (deadline === null) return
    const at = Math.max(deadline, clock) // an event may come after the end of its window
    if ((armed.get(key) ?? Number.POSITIVE_INFINITY) <= at) return
    armed.set(key, at)
    wakes.add(at, { at, trigger, key })
  }

  /** Siblings that one event fires do so in the order in which they stand in their composite. */
  function meet(event: Event, now: Micros): void {
    waiting.delete(event.id)
    evaluated.note(event.id, now)
    if (!isEvaluated(event) || now < options.from) return
    const interested = automation.triggers.filter((trigger) => isMet(trigger, event))
    if (interested.length === 0) return
    const arrivals = interested
      .toSorted((a, b) => compareCodePoints(a.path, b.path))
      .map((trigger) => ({
        trigger,
        key: bucketKeyOf(trigger, bucketName(bucketKey(trigger, event).values)),
        event,
        measurement: trigger.metric && measured(moves, trigger.metric.name, event),
      }))
    decide(arrivals, now, event)
  }

  /** An event, and after it those that waited for it. */
  function meetInOrder(event: Event, now: Micros): void {
    meet(event, now)
    if (waiting.size === 0) return
    for (const follower of released(event, [...waiting.values()])) meet(follower, now)
  }

  function take(event: Event, now: Micros): void {
    const { id, follows } = event
    if (waiting.has(id) || evaluated.at(id, now) !== null) return
    if (hasMetric) moves.add(event)
    const leaderAt = follows === null || waiting.has(follows) ? null : evaluated.at(follows, now)
    if (holds && isEvaluated(event) && mustWait(event, leaderAt, now)) {
      waiting.set(id, event)
      if (ticks) wakes.add(waitsUntil(event), { at: waitsUntil(event), held: true })
      options.held?.(event)
    } else meetInOrder(event, now)
  }

  function wake(wake: Wake): void {
    const { at } = wake
    if ('held' in wake) {
      for (const event of lost([...waiting.values()], at)) meetInOrder(event, at)
    } else if (armed.get(wake.key) === at) {
      armed.delete(wake.key)
      decide([{ trigger: wake.trigger, key: wake.key, dueAt: at }], at, null)
    }
  }

  /** What is due at a moment comes behind the events of that moment, as a wake's mark does in the stream. */
  function passTo(moment: Micros, isIncluded: boolean): void {
    for (;;) {
      const at = wakes.nextAt()
      if (at === null || at > moment || (at === moment && !isIncluded)) return
      const next = wakes.take()
      if (next) wake(next)
    }
  }

  for (const trigger of automation.triggers) {
    if (trigger.posture === 'Reactive' || trigger.forEach.length > 0) continue
    const key = bucketKeyOf(trigger, '')
    armed.set(key, options.from)
    wakes.add(options.from, { at: options.from, trigger, key })
  }

  return {
    arrive(events) {
      for (let from = 0; from < events.length; ) {
        const received = events[from]?.received ?? ''
        let to = from + 1
        while (events[to]?.received === received) to += 1
        const now = instant(received)
        passTo(now, false)
        for (const event of inCausalOrder(events.slice(from, to))) take(event, now)
        from = to
      }
    },
    pass: (until) => passTo(until, true),
    memory,
    waiting: () => [...waiting.values()],
    isFull: () => memory.characters() > MEMORY_CHARACTERS_MAX || evaluated.size() > EVENTS_MAX,
  }
}

/** A metric trigger meets the moves that it measures. */
const isMet = (trigger: CompiledTrigger, event: Event): boolean =>
  isInterested(trigger, event) && (!trigger.metric || isMeasured(trigger.metric.name, event))

function measured(
  moves: Moves,
  metric: Parameters<typeof measuring>[0],
  event: Event,
): Measurement | null {
  const back = measuring(metric, event)
  let step = back.next()
  while (!step.done) step = back.next(moves.get(step.value))
  return step.value
}

const instant = (text: string): Micros => parseInstant(text) ?? 0
