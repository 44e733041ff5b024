// `tripline flow-run`: calls of flows, with their states and logs. Names, flags and columns as in
// `prefect flow-run`; where that takes an id, a name will do.
import type { Command } from 'commander'
import type { LogLine } from '../core/log-line.ts'
import { type FlowRun, isTerminal, STATE_TYPES } from '../core/run.ts'
import type { Client } from '../sdk/client.ts'
import { LOG_LEVELS } from '../sdk/config.ts'
import { type ConfirmFlags, confirm, YES_FLAG } from './confirm.ts'
import { CommandError, usage } from './errors.ts'
import { positive } from './event.ts'
import { addRunExplain } from './explain.ts'
import { findRun, flowsOf } from './find.ts'
import { repeated, withExample } from './help.ts'
import {
  formatOf,
  type OutputFlags,
  outputOption,
  type Paint,
  painter,
  printable,
  printList,
  printObject,
  relativeTime,
  say,
} from './output.ts'
import type { Session } from './session.ts'
import { executeRun } from './worker.ts'

const RUNS_LISTED = 15
/** Objects of one answer of the server. */
const PAGE = 200

export function addFlowRun(program: Command, session: Session): void {
  const group = program
    .command('flow-run')
    .alias('flow-runs')
    .description('calls of flows: their states, their logs')
  withExample(group, 'tripline flow-run ls', 'tripline flow-run logs brave-otter')
  addLs(group, session)
  addInspect(group, session)
  addLogs(group, session)
  addRunExplain(group, session)
  addCancel(group, session)
  addExecute(group, session)
  addDelete(group, session)
}

interface LsFlags extends OutputFlags {
  flowName?: string[]
  state?: string[]
  stateType?: string[]
  limit: number
}

function addLs(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    group
      .command('ls')
      .description('the latest runs')
      .option('--flow-name <name>', 'only of this flow; may be said again', repeated)
      .option('--state <name>', 'only in this state, such as Late; may be said again', repeated)
      .option('--state-type <type>', `one of ${STATE_TYPES.join(', ')}`, repeated)
      .option('-l, --limit <number>', 'how many', positive, RUNS_LISTED)
      .addOption(outputOption())
      .action(async (flags: LsFlags) => {
        const { client } = session.runtime()
        const runs = await client.runs.filter(listingOf(flags))
        const flows = await flowsOf(client, runs)
        const paint = painter(terminal, terminal.stdout)
        printList(terminal, flags, runs, [
          { title: 'ID', of: ({ id }) => id, isWhole: true },
          { title: 'Flow', of: ({ flow_id }) => flows.get(flow_id)?.name },
          { title: 'Name', of: ({ name }) => name },
          {
            title: 'State',
            of: ({ state }) => state?.name,
            paint: (text, { state }) => stateColour(paint, state)(text),
          },
          { title: 'When', of: ({ state }) => relativeTime(state?.timestamp, terminal.now()) },
        ])
      }),
    'tripline flow-run ls --flow-name hello --limit 5',
    'tripline flow-run ls --state-type FAILED --state-type CRASHED',
  )
}

function listingOf({ flowName, state, stateType, limit }: LsFlags) {
  const types = stateType?.map((type) => type.toUpperCase())
  const wrong = types?.find((type) => !(STATE_TYPES as readonly string[]).includes(type))
  if (wrong) throw usage(`'${wrong}' is no type of state`, `Types: ${STATE_TYPES.join(', ')}.`)
  return {
    ...(flowName && { flows: { name: { any_: flowName } } }),
    ...((state || types) && {
      flow_runs: {
        state: { ...(state && { name: { any_: state } }), ...(types && { type: { any_: types } }) },
      },
    }),
    limit,
    sort: 'EXPECTED_START_TIME_DESC',
  }
}

function stateColour(paint: Paint, state: FlowRun['state']): (text: string) => string {
  switch (state?.type) {
    case 'COMPLETED':
      return paint.green
    case 'FAILED':
    case 'CRASHED':
      return paint.red
    case 'RUNNING':
      return paint.cyan
    default:
      return paint.yellow
  }
}

function addInspect(group: Command, session: Session): void {
  withExample(
    group
      .command('inspect')
      .argument('<flow-run>', 'its id or name')
      .description('one run')
      .addOption(outputOption())
      .action(async (said: string, flags: OutputFlags) => {
        printObject(session.terminal, flags, await findRun(session.runtime().client, said))
      }),
    'tripline flow-run inspect brave-otter',
  )
}

interface LogFlags extends OutputFlags {
  numLogs?: number
  head?: true
  tail?: true
  reverse?: true
}

/** Lines printed with --head or --tail alone (Prefect: the same). */
const LINES_DEFAULT = 20

function addLogs(group: Command, session: Session): void {
  withExample(
    group
      .command('logs')
      .argument('<flow-run>', 'its id or name')
      .description('what a run has logged')
      .option('--head', `its first ${LINES_DEFAULT} lines`)
      .option('-t, --tail', `its last ${LINES_DEFAULT} lines`)
      .option('-n, --num-logs <number>', 'so many instead', positive)
      .option('-r, --reverse', 'the latest first')
      .addOption(outputOption())
      .action(async (said: string, flags: LogFlags) => {
        if (flags.head && flags.tail) throw usage('say --head or --tail, not both')
        const { client } = session.runtime()
        const run = await findRun(client, said)
        printLogs(session, flags, run, chosenLines(await allLogs(client, run.id), flags))
      }),
    'tripline flow-run logs brave-otter --tail -n 5',
  )
}

async function allLogs(client: Client, runId: string): Promise<LogLine[]> {
  const lines: LogLine[] = []
  for (;;) {
    const page = await client.logs.filter({
      logs: { flow_run_id: { any_: [runId] } },
      sort: 'TIMESTAMP_ASC',
      limit: PAGE,
      offset: lines.length,
    })
    lines.push(...page)
    if (page.length < PAGE) return lines
  }
}

function chosenLines(lines: LogLine[], { head, tail, numLogs, reverse }: LogFlags): LogLine[] {
  const count = numLogs ?? (head || tail ? LINES_DEFAULT : lines.length)
  const chosen = tail ? lines.slice(-count) : lines.slice(0, count)
  return reverse ? chosen.reverse() : chosen
}

function printLogs(
  { terminal }: Session,
  flags: OutputFlags,
  run: FlowRun,
  lines: LogLine[],
): void {
  const { stdout } = terminal
  if (formatOf(terminal, flags) !== 'table') {
    printList(terminal, flags, lines, [])
    return
  }
  const { dim } = painter(terminal, stdout)
  const names = new Map(Object.entries(LOG_LEVELS).map(([name, level]) => [Number(level), name]))
  for (const { timestamp, level, message } of lines) {
    const name = (names.get(level) ?? String(level)).padEnd(7)
    const text = message.split('\n').map(printable).join('\n  ')
    stdout.write(`${dim(timestamp.slice(0, 23).replace('T', ' '))} | ${name} | ${text}\n`)
  }
  if (lines.length === 0) say(terminal, `Flow run '${run.name}' has logged nothing.`)
}

function addCancel(group: Command, session: Session): void {
  withExample(
    group
      .command('cancel')
      .argument('<flow-run>', 'its id or name')
      .description('end a run; one that has not begun never will')
      .action(async (said: string) => {
        const { client } = session.runtime()
        const run = await findRun(client, said)
        if (run.state && isTerminal(run.state.type)) {
          throw new CommandError(`flow run '${run.name}' is ${run.state.name} already`)
        }
        const isWaiting = run.state?.type === 'SCHEDULED'
        const { status, details, state } = await client.runs.setState(
          run.id,
          isWaiting
            ? { type: 'CANCELLED', name: 'Cancelled' }
            : { type: 'CANCELLING', name: 'Cancelling' },
        )
        if (status === 'ACCEPT' || state?.type === 'CANCELLED') {
          return say(session.terminal, `Flow run '${run.name}' is ${state?.name ?? 'Cancelling'}.`)
        }
        throw new CommandError(
          `flow run '${run.name}' is not cancelled: ${details.reason ?? status}`,
        )
      }),
    'tripline flow-run cancel brave-otter',
  )
}

function addDelete(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    group
      .command('delete')
      .argument('<flow-run>', 'its id or name')
      .description('forget a run and its states')
      .option(...YES_FLAG)
      .action(async (said: string, flags: ConfirmFlags) => {
        const { client } = session.runtime()
        const { id, name } = await findRun(client, said)
        await confirm(terminal, flags, `Delete flow run '${name}'?`)
        await client.runs.delete(id)
        say(terminal, `Flow run '${name}' is deleted.`)
      }),
    'tripline flow-run delete brave-otter',
  )
}

function addExecute(group: Command, session: Session): void {
  withExample(
    group
      .command('execute')
      .argument('<flow-run>', 'its id')
      .description('execute a scheduled run in this process, from its deployment’s entrypoint')
      .action((id: string) => executeRun(session, id)),
    'tripline flow-run execute 019ab3c4-1d2e-7f00-8000-0123456789ab',
  )
}
