// npm run cost [-- --json] [-- --save]   Dollars per million events on the road, and of a stack that does nothing. Units and calls are
// counted at the database, processor time is measured of the bundles, prices are those of infra/prices.ts. `--save` keeps the figures in
// bench/cost.json, from which docs/deploy.md has its table (test/infra/cost.test.ts compares).
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundle } from '../infra/bundle.ts'
import { FUNCTIONS } from '../infra/functions.ts'
import { PRICES_OF, USD_PER_GB, USD_PER_MILLION, USD_PER_MONTH } from '../infra/prices.ts'
import { VARIABLE } from '../lib/names.ts'
import { openRoad, type Road, type Work } from './cost-road.ts'

/** Where --save keeps the figures. */
export const SAVED = join(import.meta.dirname, 'cost.json')

/** Milliseconds that a call of DynamoDB takes within a region: waited for, and billed. */
const CALL_MS = 5
/** Memory at which a Lambda has one whole vCPU: with less, the same work takes longer. */
const FULL_CPU_MB = 1_769
const BYTES_PER_GB = 2 ** 30
/** Sent, received, deleted. */
const REQUESTS_PER_MESSAGE = 3
/** What a million write units leave behind for the default seven days, with its backup: a kilobyte each at most. */
const STORED_USD =
  ((1_024 * 1e6) / BYTES_PER_GB) * (USD_PER_MONTH.gbStored + USD_PER_MONTH.gbBackedUp) * (7 / 30.4)
/** Events of one run, after as many to warm up; fewer make processor time seem dearer. `COST_EVENTS=100` where time is short. */
const EVENTS = Number(process.env.COST_EVENTS ?? 400)

const ROAD = ['receive', 'evaluate', 'publish', 'act', 'announce'] as const
type Name = (typeof ROAD)[number]

export interface Scenario {
  name: string
  /** Dollars per million events that it may cost; null where the issue names none. */
  target: number | null
  /** Per event. */
  work: Record<Name, Work>
}

/** What a function costs for a million events. */
export function usdOf(name: Name, work: Work): number {
  const { calls, cpuMs, requests, writeUnits, readUnits } = work
  const { memoryMb } = FUNCTIONS[name]
  const ms = cpuMs * Math.max(1, FULL_CPU_MB / memoryMb) + requests * CALL_MS
  const price = USD_PER_MILLION
  return (
    calls * price.lambdaRequest +
    (ms / 1_000) * (memoryMb / 1_024) * price.gbSecond +
    writeUnits * price.writeUnit +
    readUnits * price.readUnit +
    writeUnits * STORED_USD +
    work.s3Puts * price.s3Put +
    work.s3Gets * price.s3Get +
    work.messages * REQUESTS_PER_MESSAGE * price.sqsRequest +
    work.schedules * price.schedule +
    work.busEvents * price.busEvent +
    ((work.logBytes * 1e6) / BYTES_PER_GB) * USD_PER_GB.logs
  )
}

export const totalOf = ({ work }: Scenario): number =>
  ROAD.reduce((sum, name) => sum + usdOf(name, work[name]), 0)

/** The table of docs/deploy.md. */
export function costTable(scenarios: Scenario[]): string {
  const row = (cells: (string | number)[]) => `| ${cells.join(' | ')} |`
  const lines = scenarios.map((scenario) => {
    const { receive } = scenario.work
    const sum = (key: keyof Work) => ROAD.reduce((all, name) => all + scenario.work[name][key], 0)
    return row([
      scenario.name,
      sum('calls').toFixed(2),
      `${(receive.cpuMs * Math.max(1, FULL_CPU_MB / FUNCTIONS.receive.memoryMb) + receive.requests * CALL_MS).toFixed(0)} ms`,
      sum('writeUnits').toFixed(2),
      sum('readUnits').toFixed(2),
      `**${totalOf(scenario).toFixed(2)}**`,
      scenario.target === null ? '–' : scenario.target.toFixed(2),
    ])
  })
  return [
    row([
      'a million webhooks',
      'calls of functions each',
      '`receive` bills',
      'write units',
      'read units',
      '$',
      'target $',
    ]),
    row(Array.from({ length: 7 }, () => '---')),
    ...lines,
  ].join('\n')
}

async function measure(road: Road, name: string, target: number | null): Promise<Scenario> {
  await road.send(EVENTS)
  road.reset()
  await road.send(EVENTS)
  const work = Object.fromEntries(
    ROAD.map((one) => {
      const total = road.work[one]
      const each = Object.entries(total).map(([key, value]) => [key, value / EVENTS])
      return [one, Object.fromEntries(each) as unknown as Work]
    }),
  ) as Record<Name, Work>
  return { name, target, work }
}

const DO_NOTHING = [{ type: 'do-nothing' }]
const trigger = (more: object) => ({ type: 'event', posture: 'Reactive', ...more })

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'cost-'))
  try {
    const scenarios: Scenario[] = []
    const run = async (name: string, target: number | null, batch: number, more: object[] = []) => {
      const road = await openRoad({ directory, load, batch })
      try {
        for (const [i, one] of more.entries()) {
          await road.say('/automations/', { name: `a${i}`, trigger: one, actions: DO_NOTHING })
        }
        scenarios.push(await measure(road, name, target))
      } finally {
        await road.stop()
      }
    }
    for (const name of [...ROAD, 'api']) bundle(name, join(directory, name))
    await run('no triggers, stored and in the feed, full batches', 1.5, 100)
    const others = Array.from({ length: 99 }, (_, i) => trigger({ expect: [`other.${i}`] }))
    const counted = trigger({ expect: ['webhook.called'], threshold: 100, within: 3_600 })
    await run('100 triggers, one counts every call and fires at each hundredth', 2.5, 100, [
      ...others,
      counted,
    ])
    await run('no triggers, one call at a time: a batch each', null, 1)
    await run('every call fires a do-nothing', null, 100, [trigger({ expect: ['webhook.called'] })])
    if (process.argv.includes('--save'))
      writeFileSync(SAVED, `${JSON.stringify(scenarios, null, 1)}\n`)
    console.log(
      process.argv.includes('--json')
        ? JSON.stringify({ prices: { ...PRICES_OF, USD_PER_MILLION }, scenarios }, null, 1)
        : costTable(scenarios),
    )
    if (scenarios.some((one) => one.target !== null && totalOf(one) > one.target))
      process.exitCode = 1
  } finally {
    rmSync(directory, { recursive: true })
  }
}

let loads = 0
/** A bundle's handler, loaded anew. */
async function load(directory: string, name: string, environment: Record<string, string>) {
  for (const variable of Object.values(VARIABLE)) process.env[variable] = '1'
  Object.assign(process.env, environment)
  loads += 1
  const file = pathToFileURL(join(directory, name, 'index.mjs')).href
  const { handler } = (await import(`${file}?${loads}`)) as {
    handler(event: unknown): Promise<unknown>
  }
  return handler
}

/** The figures that were last saved. */
export const savedScenarios = (): Scenario[] =>
  JSON.parse(readFileSync(SAVED, 'utf8')) as Scenario[]

if (process.argv[1] === import.meta.filename) await main()
