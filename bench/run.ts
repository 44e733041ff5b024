// npm run bench -- [PART…] [--prefect URL]   The road under load: our stack on the embedded default, beside Prefect's server when
// one runs at URL, else beside its recorded figures. Prints one line per figure with the ratio; parts: ingest e2e ws feed autos.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PREFECT } from './prefect.ts'

/** A line of load.cjs; which keys it has depends on its part. */
interface Line {
  part: string
  ms?: { p50: number; p99: number }
  [figure: string]: unknown
}
type Figures = Map<string, number>

const ROOT = join(import.meta.dirname, '..')
const args = process.argv.slice(2)
const prefectAt = args.indexOf('--prefect')
const prefectUrl = prefectAt >= 0 ? args[prefectAt + 1] : undefined
const asked = args.filter(
  (arg, i) => !arg.startsWith('--') && (prefectAt < 0 || i !== prefectAt + 1),
)
const parts = asked.length > 0 ? asked : ['ingest', 'e2e', 'ws', 'feed', 'autos']

/** What each part is run with; the loads are Prefect's baseline, autos with its two ends only. */
const OPTIONS: Record<string, string[]> = {
  e2e: ['n=100', 'burst=1000'],
  autos: ['levels=10,5000', 'n=20', 'burst=100', 'secs=4'],
}

async function startStack(): Promise<{ url: string; stop: () => void }> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'lib/cli/main.ts', 'start', '--port', '0', '--ephemeral'],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0]
    if (url) {
      child.stdout.resume()
      return { url, stop: () => child.kill('SIGTERM') }
    }
  }
  throw new Error('the stack ended before it was ready')
}

async function load(base: string, part: string): Promise<Line[]> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'load.cjs'), `${base}/api`, part, ...(OPTIONS[part] ?? [])],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const lines: Line[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)))
  await once(child, 'close')
  return lines
}

/** The figures of a part by name; what Prefect has no recorded number for is printed without a ratio. */
function figuresOf(part: string, lines: Line[]): Figures {
  const figures: Figures = new Map()
  const set = (name: string, value: unknown) => figures.set(name, Number(value))
  const kept: Record<string, number> = {}
  for (const line of lines) {
    if (line.part === 'ingest' && line.automations === undefined) {
      const name = `ingest ${line.per_request}/request conc ${line.conc}`
      set(`${name}: acked/s`, line.acked_per_s)
      set(`${name}: readable/s`, line.readable_per_s)
      set(`${name}: ms p50`, line.ms?.p50)
      set('ingest: events lost', (figures.get('ingest: events lost') ?? 0) + Number(line.lost))
    }
    if (
      line.part === 'ingest' &&
      line.automations !== undefined &&
      Number(line.per_request) === 1
    ) {
      kept[String(line.automations)] = Number(line.acked_per_s)
    }
    if (line.part === 'e2e one at a time' && line.automations === undefined) {
      set('e2e one at a time: ms p50', line.ms?.p50)
      set('e2e one at a time: ms p99', line.ms?.p99)
    }
    if (line.part === 'e2e burst' && line.automations === undefined) {
      set(`e2e burst of ${line.events}: cleared s`, line.cleared_s)
      set(`e2e burst of ${line.events}: runs`, line.runs)
    }
    if (line.part === 'ws in') set(`ws ${line.conns} conns: readable/s`, line.readable_per_s)
    if (line.part === 'feed load') set('feed load: stored/s', line.stored_per_s)
    if (line.part === 'feed') set(`feed ${line.query}: ms p50`, line.ms?.p50)
    if (line.part === 'autos create')
      set(`create automations up to ${line.automations}: /s`, line.created_per_s)
  }
  const few = kept['10']
  const many = kept['5000']
  if (part === 'autos' && few && many)
    set('ingest kept with 5000 automations: %', Math.round((100 * many) / few))
  return figures
}

/** Times faster or more than Prefect, whichever way is better. */
function ratio(name: string, ours: number, theirs: number | undefined): string {
  if (theirs === undefined || name.includes('lost')) return ''
  const isTime = / ms |: cleared s/.test(name)
  return `${(isTime ? theirs / ours : ours / theirs).toFixed(1)}×`
}

for (const part of parts) {
  const stack = await startStack()
  const ours = figuresOf(part, await load(stack.url, part))
  stack.stop()
  const theirs = prefectUrl ? figuresOf(part, await load(prefectUrl, part)) : null
  for (const [name, value] of ours) {
    const other = theirs ? theirs.get(name) : PREFECT[name]
    console.log(
      `${name.padEnd(56)} ${String(value).padStart(9)} ${String(other ?? '').padStart(9)} ${ratio(name, value, other).padStart(8)}`,
    )
  }
}
