// `tripline deployment`: flows that others can start. Names, flags and columns as in
// `prefect deployment`; making one is `tripline deploy`.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { parseLenientDuration } from '../core/duration.ts'
import { type FlowRun, isTerminal } from '../core/run.ts'
import { formatInstant, MICROS_PER_MS, MICROS_PER_SECOND, parseInstant } from '../core/time.ts'
import type { Client } from '../sdk/client.ts'
import { type ConfirmFlags, confirm, YES_FLAG } from './confirm.ts'
import { addDeploymentSchedule } from './deployment-schedule.ts'
import { CommandError, usage } from './errors.ts'
import { findDeployment, flowsOf } from './find.ts'
import { repeated, withExample } from './help.ts'
import { parseJsonObject, parsePairs, textOrFile } from './input.ts'
import { type OutputFlags, outputOption, printList, printObject, say } from './output.ts'
import type { Session } from './session.ts'

export function addDeployment(program: Command, session: Session): void {
  const group = program
    .command('deployment')
    .alias('deployments')
    .description('flows that others can start')
  withExample(group, 'tripline deployment ls', 'tripline deployment run hello/hook --watch')
  addReading(group, session)
  addRun(group, session)
  addPause(group, session)
  addDeploymentSchedule(group, session)
  addDelete(group, session)
}

function addReading(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    group
      .command('ls')
      .description('all deployments')
      .option('-f, --flow-name <name>', 'only of this flow; may be said again', repeated)
      .addOption(outputOption())
      .action(async (flags: OutputFlags & { flowName?: string[] }) => {
        const { client } = session.runtime()
        const filter = flags.flowName && { flows: { name: { any_: flags.flowName } } }
        const deployments = await client.deployments.filter(filter)
        const flows = await flowsOf(client, deployments)
        printList(terminal, flags, deployments, [
          { title: 'Name', of: (one) => `${flows.get(one.flow_id)?.name ?? '?'}/${one.name}` },
          { title: 'ID', of: ({ id }) => id, isWhole: true },
          { title: 'Work Pool', of: ({ work_pool_name }) => work_pool_name },
          { title: 'Status', of: ({ paused, status }) => (paused ? 'PAUSED' : status) },
        ])
      }),
    'tripline deployment ls',
  )
  withExample(
    group
      .command('inspect')
      .argument('<deployment>', 'flow/name or id')
      .description('one deployment, with the automations that name it')
      .addOption(outputOption())
      .action(async (said: string, flags: OutputFlags) => {
        const { client } = session.runtime()
        const deployment = await findDeployment(client, said)
        const automations = await client.automations.relatedTo(
          `prefect.deployment.${deployment.id}`,
        )
        printObject(terminal, flags, { ...deployment, automations })
      }),
    'tripline deployment inspect hello/hook',
  )
}

interface RunFlags extends OutputFlags {
  id?: string
  param?: string[]
  params?: string
  jobVariable?: string[]
  startIn?: string
  startAt?: string
  tag?: string[]
  flowRunName?: string
  watch?: true
  watchInterval: string
  watchTimeout?: string
}

function addRun(group: Command, session: Session): void {
  withExample(
    group
      .command('run')
      .argument('[deployment]', 'flow/name or id')
      .description('start a run of it, now or later')
      .option('--id <id>', 'its id')
      .option('-p, --param <name=value>', 'a parameter, JSON or text; may be said again', repeated)
      .option('--params <json>', 'all parameters as a JSON object, or @file')
      .option('--job-variable <name=value>', 'for the work pool; may be said again', repeated)
      .option('--start-in <duration>', 'wait so long: 30s, 2h, PT1H')
      .option('--start-at <instant>', 'not before, such as 2026-11-21T09:00:00Z')
      .option('--tag <tag>', 'may be said again', repeated)
      .option('--flow-run-name <name>')
      .option('--watch', 'stay until the run has ended; exit with 1 unless it completed')
      .option('--watch-interval <duration>', 'between two looks', '1s')
      .option('--watch-timeout <duration>', 'stop watching after so long')
      .addOption(outputOption())
      .action((said: string | undefined, flags: RunFlags) => runDeployment(session, said, flags)),
    'tripline deployment run hello/hook -p name=Ada',
    'tripline deployment run hello/hook --params \'{"name": "Ada"}\' --start-in 2h',
  )
}

async function runDeployment(
  session: Session,
  said: string | undefined,
  flags: RunFlags,
): Promise<void> {
  const { terminal } = session
  const { client } = session.runtime()
  const name = flags.id ?? said
  if (name === undefined) throw usage('which deployment?', 'Give flow/name, or --id ID.')
  const { id } = await findDeployment(client, name)
  const scheduledTime = startOf(flags, terminal.now())
  const run = await client.deployments.createRun(id, {
    parameters: {
      ...(flags.params && parseJsonObject(textOrFile(terminal, flags.params), '--params')),
      ...parsePairs(flags.param ?? [], '--param'),
    },
    state: { type: 'SCHEDULED', state_details: { scheduled_time: scheduledTime } },
    ...(flags.flowRunName !== undefined && { name: flags.flowRunName }),
    ...(flags.tag && { tags: flags.tag }),
    ...(flags.jobVariable && { job_variables: parsePairs(flags.jobVariable, '--job-variable') }),
  })
  const { name: runName, id: runId } = run
  if (!flags.watch) {
    const brief = { id: runId, name: runName, scheduled: scheduledTime }
    printObject(terminal, flags, flags.output ? run : brief)
    return
  }
  say(terminal, `Watching flow run '${runName}' (${runId})`)
  const ended = await watch(client, runId, flags, (words) => say(terminal, words))
  printObject(terminal, flags, flags.output ? ended : { id: runId, state: ended.state?.name })
  if (ended.state?.type !== 'COMPLETED') {
    throw new CommandError(`flow run '${runName}' is ${ended.state?.name}`, {
      fix: `\`tripline flow-run logs ${runId}\` tells more.`,
    })
  }
}

function startOf({ startIn, startAt }: RunFlags, nowMs: number): string {
  if (startIn !== undefined && startAt !== undefined) {
    throw usage('a run starts once', 'Say --start-in or --start-at, not both.')
  }
  const now = nowMs * MICROS_PER_MS
  if (startAt === undefined) {
    const seconds = startIn === undefined ? 0 : secondsOf(startIn, '--start-in')
    return formatInstant(now + Math.round(seconds * MICROS_PER_SECOND))
  }
  const at = parseInstant(startAt)
  if (at !== null) return formatInstant(at)
  throw usage(`--start-at: '${startAt}' is no instant`, 'Try 2026-11-21T09:00:00Z.')
}

/** @throws CommandError when the text is no duration, or a negative one */
export function secondsOf(text: string, flag: string): number {
  const seconds = parseLenientDuration(text)
  if (typeof seconds === 'number' && seconds >= 0) return seconds
  throw usage(`${flag}: '${text}' is no duration`, 'Try 30s, 2h or PT1H30M.')
}

async function watch(
  client: Client,
  runId: string,
  { watchInterval, watchTimeout }: RunFlags,
  tell: (words: string) => void,
): Promise<FlowRun> {
  const intervalMs = secondsOf(watchInterval, '--watch-interval') * 1000
  const timeoutMs = watchTimeout ? secondsOf(watchTimeout, '--watch-timeout') * 1000 : null
  const began = Date.now()
  let last = ''
  for (;;) {
    const run = await client.runs.get(runId)
    if (run.state && run.state.id !== last) {
      tell(`  ${run.state.timestamp.slice(11, 19)}  ${run.state.name}`)
      last = run.state.id
      if (isTerminal(run.state.type)) return run
    }
    if (timeoutMs !== null && Date.now() - began > timeoutMs) {
      throw new CommandError(`the run has not ended after ${watchTimeout}; it goes on`, {
        fix: `\`tripline flow-run inspect ${runId}\` tells where it is.`,
      })
    }
    await sleep(intervalMs)
  }
}

function addDelete(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    group
      .command('delete')
      .argument('[deployment]', 'flow/name or id')
      .description('delete it, with its triggers and the runs that wait for it')
      .option('--id <id>', 'its id')
      .option('--all', 'every deployment of the workspace')
      .option(...YES_FLAG)
      .action(async (said, flags: ConfirmFlags & { id?: string; all?: true }) => {
        const { client } = session.runtime()
        const name = flags.id ?? said
        if (!flags.all && name === undefined) {
          throw usage('which deployment?', 'Give flow/name, or --all.')
        }
        const doomed = flags.all
          ? await client.deployments.filter()
          : [await findDeployment(client, name)]
        const what = flags.all ? `all ${doomed.length} deployments` : `deployment '${name}'`
        await confirm(terminal, flags, `Delete ${what}?`)
        for (const { id } of doomed) {
          await client.automations.deleteOwnedBy(`prefect.deployment.${id}`)
          await client.deployments.delete(id)
        }
        say(terminal, `Deleted ${what}.`)
      }),
    'tripline deployment delete hello/hook',
  )
}

function addPause(group: Command, session: Session): void {
  for (const [verb, paused, description] of [
    ['pause', true, 'let nobody take its runs, and its schedules make none'],
    ['resume', false, 'let its runs be taken and made again'],
  ] as const) {
    withExample(
      group
        .command(verb)
        .argument('<deployment>', 'flow/name or id')
        .description(description)
        .action(async (said: string) => {
          const { client } = session.runtime()
          const { id } = await findDeployment(client, said)
          await client.deployments.update(id, { paused })
          say(session.terminal, `Deployment '${said}' is ${verb}d.`)
        }),
      `tripline deployment ${verb} hello/hook`,
    )
  }
}
