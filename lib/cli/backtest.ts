// `tripline automation backtest`: what an automation would have done over the events of the last days, or of a file, in which case no
// server is asked. With a bound on the firings it is a check for CI.
import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { type Automation, parseAutomationCreate } from '../core/automation.ts'
import {
  type BacktestFiring,
  type BacktestProgress,
  type BacktestResult,
  type BacktestSample,
  createBacktest,
} from '../core/backtest.ts'
import { eventIdsOf, firingOf } from '../core/composite.ts'
import { parseLenientDuration } from '../core/duration.ts'
import type { Event } from '../core/event.ts'
import { uuidv7 } from '../core/ids.ts'
import { rehearse } from '../core/rehearsal.ts'
import { checkTemplate, validateParameters } from '../core/template/parameters.ts'
import {
  formatInstant,
  MICROS_PER_MS,
  MICROS_PER_SECOND,
  type Micros,
  readInstant,
} from '../core/time.ts'
import type { BacktestRequest } from '../sdk/wire.ts'
import { automationBodies, automationNamed, withDeployments } from './automation-file.ts'
import { type Backtested, backtestText } from './backtest-text.ts'
import { CommandError, usage } from './errors.ts'
import { type EventFile, openEventFile } from './event-file.ts'
import { findAutomation } from './find.ts'
import { withExample } from './help.ts'
import { formatOf, type OutputFlags, outputOption, printList, printObject } from './output.ts'
import type { Session } from './session.ts'

interface BacktestFlags extends OutputFlags {
  fromFile?: string
  events?: string
  since?: string
  until?: string
  sweep?: true
  maxSeconds?: string
  expectFirings?: string
  maxFirings?: string
}

export function addBacktest(group: Command, session: Session): void {
  withExample(
    group
      .command('backtest')
      .argument('[automation]', 'the saved one that it would replace, or alone: its name or id')
      .description('what it would have done over past events; nothing is carried out')
      .option('-f, --from-file <path>', 'a YAML or JSON file with the new automation')
      .option('--events <path>', 'over the events of this file, one JSON object a line; no server')
      .option('--since <when>', 'how far back, such as 7d, or a moment', '7d')
      .option('--until <when>', 'the end, as --since (default: now; of a file its last event)')
      .option('--sweep', 'with --events: forget old windows between events, as a server does')
      .option('--max-seconds <number>', 'end with what there is after so long')
      .option('--expect-firings <number>', 'fail unless it fires so often')
      .option('--max-firings <number>', 'fail if it fires more often')
      .addOption(outputOption())
      .action((said: string | undefined, flags: BacktestFlags) => backtest(session, said, flags)),
    'tripline automation backtest -f automation.yaml --since 7d',
    'tripline automation backtest -f automation.yaml --events events.ndjson --max-firings 5',
  )
}

async function backtest(
  session: Session,
  said: string | undefined,
  flags: BacktestFlags,
): Promise<void> {
  if (said === undefined && flags.fromFile === undefined) {
    throw usage('say which automation', 'Name a saved one, or give a file with -f.')
  }
  const results =
    flags.events === undefined
      ? await overStored(session, said, flags)
      : overFile(session, flags.events, flags)
  show(session, flags, results)
  for (const result of results) check(result, flags)
}

function show({ terminal }: Session, flags: BacktestFlags, results: Backtested[]): void {
  if (formatOf(terminal, flags) === 'table') {
    terminal.stdout.write(results.map((result) => backtestText(result, terminal)).join('\n'))
  } else if (results.length === 1 && results[0]) printObject(terminal, flags, results[0])
  else printList(terminal, flags, results, [])
}

/** @throws CommandError when it did not fire as it was to */
function check({ name, firings, incomplete }: Backtested, flags: BacktestFlags): void {
  const expected = wholeNumber(flags.expectFirings, '--expect-firings')
  const most = wholeNumber(flags.maxFirings, '--max-firings')
  const isBound = expected !== null || most !== null
  if (isBound && incomplete) {
    throw new CommandError(`'${name}' was not backtested to the end: ${incomplete} ran out`)
  }
  if (expected !== null && firings.now !== expected) {
    throw new CommandError(`'${name}' fires ${times(firings.now)}, not ${times(expected)}`)
  }
  if (most !== null && firings.now > most) {
    throw new CommandError(`'${name}' fires ${times(firings.now)}, more than ${times(most)}`)
  }
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`)

async function overStored(
  session: Session,
  said: string | undefined,
  flags: BacktestFlags,
): Promise<Backtested[]> {
  const { client, clock } = session.runtime()
  await client.version() // from its answer on, the clock is the server's, which may have been advanced
  const span = spanOf(flags, clock.now())
  const replaced = said === undefined ? null : await findAutomation(client, said)
  const seconds = wholeNumber(flags.maxSeconds, '--max-seconds')
  const asked: BacktestRequest = { ...span, ...(seconds !== null && { max_seconds: seconds }) }
  if (flags.fromFile === undefined) {
    if (!replaced) throw usage('say which automation')
    const request = { ...asked, automation_id: replaced.id }
    return [
      { name: replaced.name, ...(await client.automations.backtest(request, teller(session))) },
    ]
  }
  const results: Backtested[] = []
  for (const body of automationBodies(session.terminal, flags.fromFile)) {
    const automation = await withDeployments(client, body)
    const before = replaced ?? (await automationNamed(client, automation.name))
    const request = { ...asked, automation, ...(before && { automation_id: before.id }) }
    const result = await client.automations.backtest(request, teller(session))
    results.push({ name: automation.name, ...result })
  }
  return results
}

/** Tells somebody at a terminal how far it has come, on one line. */
function teller({ terminal: { stderr } }: Session): (soFar: BacktestProgress) => void {
  if (!stderr.isTTY) return () => {}
  return ({ events, reached, share }) => {
    const done = `${Math.floor(share * 100)} %`
    stderr.write(`\r${done}  ${events} events, ${reached.slice(0, 16).replace('T', ' ')}\x1b[K`)
    if (share >= 1) stderr.write('\r\x1b[K')
  }
}

function overFile(session: Session, path: string, flags: BacktestFlags): Backtested[] {
  const { terminal } = session
  if (flags.fromFile === undefined) {
    throw usage('with --events the automation is read from a file', 'Give it with -f PATH.')
  }
  const now = terminal.now() * MICROS_PER_MS
  const file = openEventFile(terminal, path)
  try {
    const context = {
      newId: () => uuidv7(now, randomBytes(10)),
      now,
      templates: { template: checkTemplate, parameters: validateParameters },
    }
    const until = flags.until === undefined ? null : momentOf(flags.until, '--until', now)
    return automationBodies(terminal, flags.fromFile).map((body) =>
      overEvents(parseAutomationCreate(body, context).automation, file, {
        until,
        ticks: flags.sweep === true,
      }),
    )
  } finally {
    file.close()
  }
}

function overEvents(
  automation: Automation,
  file: EventFile,
  { until, ticks }: { until: Micros | null; ticks: boolean },
): Backtested {
  const since = file.span?.since ?? 0
  const end = Math.max(until ?? file.span?.until ?? 0, since)
  const run = createBacktest({ automation, before: null, since, until: end, ticks })
  let incomplete: BacktestResult['incomplete'] = null
  for (const events of file.events()) {
    run.arrive(events)
    if (run.isFull()) incomplete = 'memory'
    if (incomplete) break
  }
  run.pass(end)
  const samples = samplesOf(automation, run.samples(), file)
  return { name: automation.name, ...run.tally(), samples, incomplete }
}

/** The firings that are shown, with their events: those that time alone fired name earlier ones, for which the file is read again. */
function samplesOf(
  automation: Automation,
  firings: BacktestFiring[],
  file: EventFile,
): BacktestSample[] {
  const events = new Map<string, Event>()
  for (const { event } of firings) if (event) events.set(event.id, event)
  const ids = new Set(firings.flatMap(({ firing }) => [...eventIdsOf(firing)]))
  if ([...ids].some((id) => !events.has(id))) {
    for (const part of file.events()) {
      for (const event of part) if (ids.has(event.id)) events.set(event.id, event)
    }
  }
  return firings.map(({ firing: child }) => {
    const firing = firingOf(automation, child, events)
    const actions = rehearse({
      automation,
      firing,
      deployments: new Map(),
      named: {},
      variables: {},
      stopwatch: () => performance.now(),
    })
    return {
      triggered: firing.triggered,
      trigger_states: firing.trigger_states,
      labels: firing.triggering_labels,
      event: firing.triggering_event,
      actions,
    }
  })
}

function spanOf(flags: BacktestFlags, now: Micros): Pick<BacktestRequest, 'since' | 'until'> {
  const until = flags.until === undefined ? now : momentOf(flags.until, '--until', now)
  const since = momentOf(flags.since ?? '7d', '--since', until)
  return { since: formatInstant(since), until: formatInstant(until) }
}

/** A moment, or how long before another one. */
function momentOf(text: string, flag: string, before: Micros): Micros {
  const at = /^\d{4}-/.test(text) ? readInstant(text) : null
  if (at !== null) return at
  const seconds = parseLenientDuration(text)
  if (typeof seconds === 'number' && seconds >= 0) return before - seconds * MICROS_PER_SECOND
  throw usage(`${flag}: '${text}' is neither a moment nor a span`, `Try ${flag} 7d.`)
}

function wholeNumber(text: string | undefined, flag: string): number | null {
  if (text === undefined) return null
  if (/^\d+$/.test(text)) return Number(text)
  throw usage(`${flag}: '${text}' is no number`)
}
