// Moments and lengths of time as templates see them: Python's datetime in UTC, and timedelta.
import { formatInstant, MICROS_PER_SECOND, type Micros, parseInstant, toDate } from '../time.ts'
import { fail, refuse } from './errors.ts'
import { bind, signature } from './signature.ts'
import { Callable, Float, isString, type Model, model, textOf, type Value } from './values.ts'

const pad = (value: number, width = 2): string => String(value).padStart(width, '0')

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** A moment of the wire as a template's datetime, or the text itself when it is none. */
export function momentOf(text: string): Model | string {
  const at = parseInstant(text)
  return at === null ? text : moment(at)
}

/** Python's `datetime` in UTC. */
export function moment(at: Micros): Model {
  const date = toDate(at)
  const micros = ((at % MICROS_PER_SECOND) + MICROS_PER_SECOND) % MICROS_PER_SECOND
  const fraction = micros === 0 ? '' : `.${pad(micros, 6)}`
  const seconds = formatInstant(at).slice(0, 19)
  const weekday = (date.getUTCDay() + 6) % 7
  const facts: Readonly<Record<string, Value>> = {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    microsecond: micros,
    isoformat: method(
      'isoformat',
      'sep="T"',
      ([separator]) => `${seconds.replace('T', textArg(separator))}${fraction}+00:00`,
    ),
    strftime: method('strftime', 'format', ([format]) => strftime(date, micros, textArg(format))),
    timestamp: method('timestamp', '', () => new Float(at / MICROS_PER_SECOND)),
    weekday: method('weekday', '', () => weekday),
    isoweekday: method('isoweekday', '', () => weekday + 1),
  }
  return model({
    type: 'DateTime',
    attribute: (name) => (Object.hasOwn(facts, name) ? facts[name] : undefined),
    print: () => `${seconds.replace('T', ' ')}${fraction}+00:00`,
    repr: () => refuse('printing a moment inside a list', 'print it by itself'),
  })
}

const method = (name: string, of: string, call: (args: Value[]) => Value): Callable => {
  const bound = signature(of)
  return new Callable(name, (args) => call(bind(name, bound, args)))
}

const textArg = (value: Value): string =>
  isString(value) ? textOf(value) : fail('type', 'argument must be str')

function strftime(date: Date, micros: number, format: string): string {
  const hour12 = date.getUTCHours() % 12 || 12
  const start = Date.UTC(date.getUTCFullYear(), 0, 1)
  const directives: Readonly<Record<string, () => string>> = {
    Y: () => pad(date.getUTCFullYear(), 4),
    m: () => pad(date.getUTCMonth() + 1),
    d: () => pad(date.getUTCDate()),
    H: () => pad(date.getUTCHours()),
    I: () => pad(hour12),
    M: () => pad(date.getUTCMinutes()),
    S: () => pad(date.getUTCSeconds()),
    f: () => pad(micros, 6),
    p: () => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
    y: () => pad(date.getUTCFullYear() % 100),
    j: () => pad(Math.floor((date.getTime() - start) / 86_400_000) + 1, 3),
    A: () => DAYS[date.getUTCDay()] ?? '',
    a: () => (DAYS[date.getUTCDay()] ?? '').slice(0, 3),
    B: () => MONTHS[date.getUTCMonth()] ?? '',
    b: () => (MONTHS[date.getUTCMonth()] ?? '').slice(0, 3),
    e: () => String(date.getUTCDate()).padStart(2),
    w: () => String(date.getUTCDay()),
    u: () => String(date.getUTCDay() || 7),
    s: () => String(Math.floor(date.getTime() / 1000)),
    z: () => '+0000',
    Z: () => 'UTC',
    '%': () => '%',
  }
  const compound: Readonly<Record<string, string>> = {
    F: '%Y-%m-%d',
    T: '%H:%M:%S',
    R: '%H:%M',
    D: '%m/%d/%y',
    c: '%a %b %e %H:%M:%S %Y',
    x: '%m/%d/%y',
    X: '%H:%M:%S',
  }
  const expanded = format.replace(/%([FTRDcxX])/g, (_, name: string) => compound[name] ?? '')
  return expanded.replace(/%([\s\S])/g, (_, name: string) => {
    const found = Object.hasOwn(directives, name) ? directives[name] : undefined
    return found ? found() : refuse(`strftime's %${name}`, 'it is not one of the common directives')
  })
}

/** Python's `timedelta` of a number of seconds. */
export function lengthOfTime(seconds: number): Model {
  const micros = Math.round(seconds * MICROS_PER_SECOND)
  const whole = Math.floor(micros / MICROS_PER_SECOND)
  const fraction = micros - whole * MICROS_PER_SECOND
  const days = Math.floor(whole / 86_400)
  const rest = whole - days * 86_400
  const facts: Readonly<Record<string, Value>> = {
    days,
    seconds: rest,
    microseconds: fraction,
    total_seconds: method('total_seconds', '', () => new Float(seconds)),
  }
  const clock = `${Math.floor(rest / 3600)}:${pad(Math.floor(rest / 60) % 60)}:${pad(rest % 60)}`
  const dayText = days === 0 ? '' : `${days} day${Math.abs(days) === 1 ? '' : 's'}, `
  return model({
    type: 'timedelta',
    attribute: (name) => (Object.hasOwn(facts, name) ? facts[name] : undefined),
    print: () => `${dayText}${clock}${fraction === 0 ? '' : `.${pad(fraction, 6)}`}`,
    repr: () => refuse('printing a length of time inside a list', 'print it by itself'),
  })
}
