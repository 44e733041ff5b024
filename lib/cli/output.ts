// What commands print. On a terminal: tables and colours. In a pipe: one JSON object per line. What
// comes from the outside is printed without control characters, which terminals would obey.
import { Option } from 'commander'
import { stringify } from 'yaml'
import type { Terminal } from './terminal.ts'

export type Format = 'table' | 'json' | 'ndjson' | 'yaml'

/** The flag that every command with an answer has. */
export const outputOption = () =>
  new Option(
    '-o, --output <format>',
    'table, json, ndjson or yaml (default: a table on a terminal, else ndjson)',
  ).choices(['table', 'json', 'ndjson', 'yaml'])

export interface OutputFlags {
  output?: Format
}

/** How text is painted; `plain` where colours are not wanted. */
export interface Paint {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  cyan(text: string): string
}

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const

/** Colours where a person looks on, unless NO_COLOR (no-color.org) is set. */
export function painter(
  { env }: Pick<Terminal, 'env'>,
  sink: { isTTY?: boolean | undefined },
): Paint {
  const isPlain = Boolean(env.NO_COLOR) || !sink.isTTY
  const entries = Object.entries(CODES).map(([name, [on, off]]) => [
    name,
    (text: string) => (isPlain || text === '' ? text : `\u001b[${on}m${text}\u001b[${off}m`),
  ])
  return Object.fromEntries(entries) as unknown as Paint
}

/** Text on one line, without anything that a terminal would act upon. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\p{Bidi_Control}]+/gu, ' ')

export interface Column<T> {
  title: string
  of: (row: T) => string | number | boolean | null | undefined
  paint?: (text: string, row: T) => string
  /** Never cut: people copy it. */
  isWhole?: true
}

/** Columns of a terminal that does not say. */
const WIDTH_DEFAULT = 100
/** The narrowest a column gets, so that what is left of it can be recognized. */
const COLUMN_WIDTH_MIN = 10
const GAP = '  '

/**
 * A table as lines: titles, then rows; the widest columns give way until all fits. Where even that would leave nothing to
 * recognize, each row is a block of its own, with a line per column.
 */
export function table<T>(rows: T[], columns: Column<T>[], width: number, paint: Paint): string[] {
  const cells = rows.map((row) => columns.map(({ of }) => printable(String(of(row) ?? ''))))
  const natural = columns.map(({ title }, i) =>
    Math.max(title.length, ...cells.map((line) => line[i]?.length ?? 0)),
  )
  const least = natural.map((wide, i) =>
    columns[i]?.isWhole ? wide : Math.min(wide, COLUMN_WIDTH_MIN),
  )
  const room = width - GAP.length * (columns.length - 1)
  if (sum(least) > room) return blocks(rows, columns, cells, paint)
  const widths = fitted(natural, least, room)
  const cut = (text: string, i: number) => {
    const room = widths[i] ?? 0
    return (text.length > room ? `${text.slice(0, room - 1)}…` : text).padEnd(room)
  }
  const head = columns.map(({ title }, i) => paint.bold(cut(title, i)))
  const body = rows.map((row, y) =>
    columns.map((column, i) => {
      const text = cut(cells[y]?.[i] ?? '', i)
      return column.paint ? column.paint(text, row) : text
    }),
  )
  return [head, ...body].map((line) => line.join(GAP).trimEnd())
}

/** Nothing is cut here: a terminal breaks lines itself. */
function blocks<T>(rows: T[], columns: Column<T>[], cells: string[][], paint: Paint): string[] {
  const width = Math.max(...columns.map(({ title }) => title.length))
  return rows.flatMap((row, y) => [
    ...(y === 0 ? [] : ['']),
    ...columns.map(({ title, paint: color }, i) => {
      const text = cells[y]?.[i] ?? ''
      return `${paint.bold(title.padEnd(width))}${GAP}${color ? color(text, row) : text}`.trimEnd()
    }),
  ])
}

const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0)

/** Widths that fit into the room, as the least ones do: the widest that may give way gives way. */
function fitted(natural: number[], least: number[], room: number): number[] {
  const widths = [...natural]
  const spare = (i: number) => Math.max(0, (widths[i] ?? 0) - (least[i] ?? 0))
  for (let excess = sum(widths) - room; excess > 0; excess--) {
    const yielding = widths.map((width, i) => (spare(i) > 0 ? width : 0))
    const widest = Math.max(...yielding)
    if (widest === 0) break
    widths[yielding.indexOf(widest)] = widest - 1
  }
  return widths
}

type Out = Pick<Terminal, 'env' | 'stdout' | 'stderr'>

/** The format that was asked for, else the one that suits whoever reads. */
export const formatOf = ({ stdout }: Pick<Out, 'stdout'>, { output }: OutputFlags): Format =>
  output ?? (stdout.isTTY ? 'table' : 'ndjson')

/**
 * Prints a list: as a table of these columns, or all of each row as JSON or YAML. Of an empty list
 * a person is told so, on stderr.
 */
export function printList<T>(
  terminal: Out,
  flags: OutputFlags,
  rows: T[],
  columns: Column<T>[],
): void {
  const { stdout, stderr } = terminal
  const format = formatOf(terminal, flags)
  if (format !== 'table') return void stdout.write(serialized(rows, format))
  if (rows.length === 0) return void stderr.write('There are none.\n')
  const paint = painter(terminal, stdout)
  const width = stdout.isTTY ? (stdout.columns ?? WIDTH_DEFAULT) : Number.POSITIVE_INFINITY // files have no edge
  const lines = table(rows, columns, width, paint)
  stdout.write(`${lines.join('\n')}\n`)
}

/** Prints one object: on a terminal its keys and values but for those that are empty, elsewhere all of it as JSON or YAML. */
export function printObject(terminal: Out, flags: OutputFlags, value: object): void {
  const { stdout } = terminal
  const format = formatOf(terminal, flags)
  if (format !== 'table') return void stdout.write(serialized(value, format))
  const paint = painter(terminal, stdout)
  const entries = Object.entries(value)
    .map(([key, field]) => [key, fieldText(field).trimEnd()] as const)
    .filter(([, text]) => text !== '')
  const width = Math.max(...entries.map(([key]) => key.length))
  for (const [key, text] of entries) {
    const [first = '', ...rest] = text.split('\n').map(printable)
    stdout.write(`${paint.bold(key.padEnd(width))}${GAP}${first}`.trimEnd().concat('\n'))
    for (const line of rest) stdout.write(`${' '.repeat(width)}${GAP}${line}\n`)
  }
}

/** Prints what is the answer even without a format: a confirmation, which pipes need not read. */
export const say = ({ stderr }: Pick<Terminal, 'stderr'>, text: string): void => {
  stderr.write(`${text}\n`)
}

function fieldText(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value !== 'object') return String(value)
  return Object.keys(value).length === 0 ? '' : stringify(value)
}

function serialized(value: object, format: Exclude<Format, 'table'>): string {
  if (format === 'yaml') return stringify(value, { aliasDuplicateObjects: false })
  if (format === 'json') return `${JSON.stringify(value, null, 2)}\n`
  const rows = Array.isArray(value) ? value : [value]
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('')
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const

/** An instant as people say it: `3 minutes ago`, `in 2 hours`. */
export function relativeTime(instant: string | null | undefined, nowMs: number): string {
  if (!instant) return ''
  const apart = Date.parse(instant) - nowMs
  if (Number.isNaN(apart)) return instant
  const [unit, ms] = UNITS.find(([, length]) => Math.abs(apart) >= length) ?? ['second', 1000]
  const amount = Math.round(Math.abs(apart) / ms)
  const length = `${amount} ${unit}${amount === 1 ? '' : 's'}`
  return apart > 0 ? `in ${length}` : amount === 0 ? 'just now' : `${length} ago`
}
