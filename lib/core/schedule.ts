// Schedules: the times at which a deployment's runs are meant to start (Prefect: server/schemas/schedules.py). Calendars are other
// people's life work: croner reads cron expressions, rrule-temporal recurrence rules, and Temporal adds days in a time zone.
import { Cron } from 'croner'
import { RRuleTemporal } from 'rrule-temporal'
import { Temporal } from 'temporal-polyfill'
import { MICROS_PER_MS, MICROS_PER_SECOND, type Micros, parseInstant } from './time.ts'

/** Every so many seconds, counted from a moment. Whole days in it keep their time of day when clocks are put back or forward. */
export interface IntervalSchedule {
  interval: number
  anchor_date: string
  timezone: string | null
}

/** Five fields, or six with seconds last, or seven with seconds and year, as croniter reads them; or `@daily` and the like. */
export interface CronSchedule {
  cron: string
  timezone: string | null
  /** Whether a day may meet either of the two fields for days when both are given, as cron has it, or must meet both. */
  day_or: boolean
}

/** An RFC 5545 recurrence rule, with DTSTART and exceptions if they are in the text. */
export interface RRuleSchedule {
  rrule: string
  timezone: string | null
}

export type Schedule = IntervalSchedule | CronSchedule | RRuleSchedule

/** Characters of a recurrence rule (Prefect: MAX_RRULE_LENGTH). */
const RRULE_LENGTH_MAX = 6_500

/** Where recurrence rules without DTSTART count from (Prefect's default). */
const RRULE_BEGINNING = '2020-01-01T00:00:00'

/** Steps over a gap in local time before a schedule is said to have no next time. */
const GAP_STEPS_MAX = 1_000

/** The times of a schedule from a moment on, that moment included, in order; none when there will be none any more. */
export function* timesFrom(schedule: Schedule, from: Micros): Generator<Micros, void> {
  const next = followerOf(schedule)
  for (let at = next(from, true); at !== null; at = next(at, false)) yield at
}

/** The first time after a moment, or at it. */
type Follower = (moment: Micros, inclusive: boolean) => Micros | null

function followerOf(schedule: Schedule): Follower {
  if ('cron' in schedule) return cronFollower(schedule)
  return 'rrule' in schedule ? ruleFollower(schedule) : intervalFollower(schedule)
}

const CRON_FIELDS = { withSeconds: 6, withYear: 7 }

/** croniter has seconds behind the five fields of cron, croner in front of them. */
function cronOf({ cron, timezone, day_or }: CronSchedule): Cron {
  const fields = cron.trim().split(/\s+/)
  const [seconds = '0'] = fields.slice(5, 6)
  const isLong = fields.length === CRON_FIELDS.withSeconds || fields.length === CRON_FIELDS.withYear
  const pattern = isLong
    ? [seconds, ...fields.slice(0, 5), ...fields.slice(CRON_FIELDS.withSeconds)]
    : fields
  return new Cron(pattern.join(' '), {
    paused: true,
    timezone: timezone ?? 'UTC',
    domAndDow: !day_or,
  })
}

function cronFollower(schedule: CronSchedule): Follower {
  const cron = cronOf(schedule)
  return (moment, inclusive) => {
    const found = cron.nextRun(new Date(floorMs(moment, inclusive)))
    return found ? found.getTime() * MICROS_PER_MS : null
  }
}

/** The last whole millisecond that is not after a moment; before it, if the moment itself is asked for. */
const floorMs = (moment: Micros, inclusive: boolean): number =>
  inclusive ? Math.ceil(moment / MICROS_PER_MS) - 1 : Math.floor(moment / MICROS_PER_MS)

function ruleOf({ rrule, timezone }: RRuleSchedule): RRuleTemporal {
  const zone = timezone ?? 'UTC'
  const dtstart = Temporal.PlainDateTime.from(RRULE_BEGINNING).toZonedDateTime(zone)
  // A line without a name is a rule: Prefect's client puts a DTSTART in front of what was typed, and no more.
  const text = rrule.replaceAll(
    /^(?!(?:DTSTART|RRULE|EXRULE|RDATE|EXDATE)[:;])(?=[^\n])/gim,
    'RRULE:',
  )
  const begins = /^DTSTART[:;]/im.test(text) ? {} : { dtstart }
  return new RRuleTemporal({ rruleString: text, tzid: zone, ...begins })
}

function ruleFollower(schedule: RRuleSchedule): Follower {
  const rule = ruleOf(schedule)
  return (moment, inclusive) => {
    const found = orNull(() => rule.next(new Date(floorMs(moment, inclusive)), false))
    return found ? found.epochMilliseconds * MICROS_PER_MS : null
  }
}

/** Null in place of an error: a rule whose next time cannot be found within the library's bounds has none. */
function orNull<T>(find: () => T): T | null {
  try {
    return find()
  } catch {
    return null
  }
}

const SECONDS_PER_DAY = 86_400

function intervalFollower({ interval, anchor_date, timezone }: IntervalSchedule): Follower {
  const anchor = parseInstant(anchor_date) ?? 0
  const stride = Math.max(1, Math.round(interval * MICROS_PER_SECOND))
  const days = Math.floor(interval / SECONDS_PER_DAY)
  const rest = stride - days * SECONDS_PER_DAY * MICROS_PER_SECOND
  const begin = zoned(anchor, timezone)
  const nth = (n: number): Micros =>
    days === 0
      ? anchor + n * stride
      : microsOf(begin.add({ days: n * days, microseconds: n * rest }))

  return (moment, inclusive) => {
    const isFound = (at: Micros) => (inclusive ? at >= moment : at > moment)
    const first = Math.floor((moment - anchor) / stride) - 1 // clocks put back make one stride longer
    for (let n = first; n <= first + GAP_STEPS_MAX; n += 1) {
      const at = nth(n)
      if (isFound(at)) return at
    }
    return null
  }
}

const zoned = (at: Micros, timezone: string | null): Temporal.ZonedDateTime =>
  new Temporal.ZonedDateTime(BigInt(at) * 1_000n, timezone ?? 'UTC')

const microsOf = (at: Temporal.ZonedDateTime): Micros => Number(at.epochNanoseconds / 1_000n)

/** What is wrong with a schedule, in Prefect's words, or null. */
export function scheduleFault(schedule: Schedule): string | null {
  const { timezone } = schedule
  if (timezone !== null && !isTimezone(timezone)) {
    return `Invalid timezone: "${timezone}" (specify in IANA tzdata format, for example, America/New_York)`
  }
  if ('cron' in schedule) return cronFault(schedule)
  return 'rrule' in schedule ? ruleFault(schedule) : null
}

const isTimezone = (name: string): boolean =>
  orNull(() => new Intl.DateTimeFormat('en', { timeZone: name })) !== null

function cronFault(schedule: CronSchedule): string | null {
  const { cron } = schedule
  if (/(^|[\s,/-])[RrHh](\(|[\s,/-]|$)/.test(cron)) {
    return `Random and Hashed expressions are unsupported, received: ${JSON.stringify(cron)}`
  }
  const fields = cron.trim().split(/\s+/).length
  const isPattern = cron.trim().startsWith('@') || (fields >= 5 && fields <= CRON_FIELDS.withYear)
  const read = isPattern && orNull(() => cronOf(schedule))
  return read ? null : `Invalid cron string: "${cron}"`
}

/** When a rule that ends after a number of times is asked whether it can be counted through. */
const FAR_AHEAD = new Date('2200-01-01')

function ruleFault(schedule: RRuleSchedule): string | null {
  const { rrule } = schedule
  if (rrule.length > RRULE_LENGTH_MAX) {
    return `Invalid RRule string "${rrule.slice(0, 40)}..."\nMax length is ${RRULE_LENGTH_MAX}, got ${rrule.length}`
  }
  const isCounted = /COUNT=/i.test(rrule)
  const read = orNull(() => {
    const rule = ruleOf(schedule)
    if (isCounted) rule.next(FAR_AHEAD)
    return rule
  })
  if (read) return null
  const reason = isCounted
    ? 'it cannot be read, or has too many times to be counted through'
    : 'it cannot be read'
  return `Invalid RRule string "${rrule}": ${reason}`
}
