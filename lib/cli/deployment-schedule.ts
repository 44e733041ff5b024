// `tripline deployment schedule`: when a deployment's runs are made without an event. Names and flags as in `prefect deployment
// schedule`.
import type { Command } from 'commander'
import type { Deployment, DeploymentSchedule } from '../core/deployment.ts'
import { type Schedule, scheduleBody } from '../sdk/schedule.ts'
import { type ConfirmFlags, confirm, YES_FLAG } from './confirm.ts'
import { CommandError, usage } from './errors.ts'
import { findDeployment } from './find.ts'
import { withExample } from './help.ts'
import { parseJsonObject } from './input.ts'
import { type OutputFlags, outputOption, printList, printObject, say } from './output.ts'
import type { Session } from './session.ts'

export function addDeploymentSchedule(deployments: Command, session: Session): void {
  const group = deployments.command('schedule').description('when runs are made without an event')
  withExample(
    group,
    'tripline deployment schedule ls hello/hook',
    "tripline deployment schedule create hello/hook --cron '0 3 * * *'",
  )
  addLs(group, session)
  addCreate(group, session)
  addDelete(group, session)
  addPause(group, session)
}

function addLs(group: Command, session: Session): void {
  withExample(
    group
      .command('ls')
      .argument('<deployment>', 'flow/name or id')
      .description('its schedules')
      .addOption(outputOption())
      .action(async (said: string, flags: OutputFlags) => {
        const { client } = session.runtime()
        const { id } = await findDeployment(client, said)
        printList(session.terminal, flags, await client.deployments.schedules.list(id), [
          { title: 'ID', of: (one) => one.id, isWhole: true },
          { title: 'Schedule', of: ({ schedule }) => formOf(schedule) },
          { title: 'Active', of: ({ active }) => String(active) },
        ])
      }),
    'tripline deployment schedule ls hello/hook',
  )
}

function formOf(schedule: object): string {
  const { cron, interval, rrule, timezone }: Partial<Record<string, unknown>> = { ...schedule }
  const form = cron ? `cron: ${cron}` : interval ? `interval: ${interval}s` : `rrule: ${rrule}`
  return timezone ? `${form} (${timezone})` : form
}

interface CreateFlags extends OutputFlags {
  cron?: string
  interval?: string
  rrule?: string
  anchorDate?: string
  timezone?: string
  parameters?: string
  slug?: string
  inactive?: true
  replace?: true
}

function addCreate(group: Command, session: Session): void {
  withExample(
    group
      .command('create')
      .argument('<deployment>', 'flow/name or id')
      .description('add a schedule')
      .option('--cron <expression>', 'such as "0 3 * * *"')
      .option('--interval <duration>', 'such as 30m')
      .option('--rrule <rule>', 'an RFC 5545 rule')
      .option('--anchor-date <instant>', 'what intervals are counted from')
      .option('--timezone <name>', 'such as Europe/Zurich')
      .option('--parameters <json>', 'over the deployment’s own')
      .option('--slug <text>', 'a name of its own')
      .option('--inactive', 'make no runs yet')
      .option('--replace', 'in place of all it has')
      .addOption(outputOption())
      .action((said: string, flags: CreateFlags) => create(session, said, flags)),
    "tripline deployment schedule create hello/hook --cron '0 3 * * *' --timezone Europe/Zurich",
    'tripline deployment schedule create hello/hook --interval 30m --replace',
  )
}

async function create({ runtime, terminal }: Session, said: string, flags: CreateFlags) {
  const { client } = runtime()
  const schedule = scheduleOf(flags)
  const { id } = await findDeployment(client, said)
  const { schedules } = client.deployments
  const former = flags.replace ? await schedules.list(id) : []
  const [made] = await schedules.create(id, [scheduleBody(schedule)])
  for (const one of former) await schedules.delete(id, one.id)
  printObject(terminal, flags, { ...made })
}

function scheduleOf(flags: CreateFlags): Schedule {
  const { cron, interval, rrule, anchorDate, timezone, parameters, slug, inactive } = flags
  const forms = [
    ...(cron === undefined ? [] : [{ cron }]),
    ...(interval === undefined
      ? []
      : [{ interval, ...(anchorDate !== undefined && { anchor_date: anchorDate }) }]),
    ...(rrule === undefined ? [] : [{ rrule }]),
  ]
  const [form] = forms
  if (!form || forms.length > 1) {
    throw usage('a schedule has one form', 'Say --cron, --interval or --rrule.')
  }
  return {
    ...form,
    active: !inactive,
    ...(timezone !== undefined && { timezone }),
    ...(slug !== undefined && { slug }),
    ...(parameters !== undefined && { parameters: parseJsonObject(parameters, '--parameters') }),
  }
}

/** Both named: a deployment, and a schedule of it by id or slug. */
async function find(
  { runtime }: Session,
  said: string,
  which: string,
): Promise<{ deployment: Deployment; schedule: DeploymentSchedule }> {
  const { client } = runtime()
  const deployment = await findDeployment(client, said)
  const schedules = await client.deployments.schedules.list(deployment.id)
  const schedule = schedules.find(({ id, slug }) => id === which || slug === which)
  if (schedule) return { deployment, schedule }
  throw new CommandError(`${said} has no schedule '${which}'`, {
    fix: `\`tripline deployment schedule ls ${said}\` lists those it has.`,
  })
}

function addDelete(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    group
      .command('delete')
      .argument('<deployment>', 'flow/name or id')
      .argument('<schedule>', 'its id or slug')
      .description('take a schedule away, with the runs that it has made ahead')
      .option(...YES_FLAG)
      .action(async (said: string, which: string, flags: ConfirmFlags) => {
        const { deployment, schedule } = await find(session, said, which)
        await confirm(terminal, flags, `Delete schedule '${formOf(schedule.schedule)}' of ${said}?`)
        await session.runtime().client.deployments.schedules.delete(deployment.id, schedule.id)
        say(terminal, `Deleted schedule '${formOf(schedule.schedule)}' of ${said}.`)
      }),
    'tripline deployment schedule delete hello/hook 019ab3c4-1d2e-7f00-8000-0123456789ab',
  )
}

function addPause(group: Command, session: Session): void {
  for (const [verb, active, description] of [
    ['pause', false, 'let a schedule make no runs'],
    ['resume', true, 'let it make runs again'],
  ] as const) {
    withExample(
      group
        .command(verb)
        .argument('<deployment>', 'flow/name or id')
        .argument('<schedule>', 'its id or slug')
        .description(description)
        .action(async (said: string, which: string) => {
          const { deployment, schedule } = await find(session, said, which)
          const { schedules } = session.runtime().client.deployments
          await schedules.update(deployment.id, schedule.id, { active })
          say(session.terminal, `Schedule '${formOf(schedule.schedule)}' of ${said} is ${verb}d.`)
        }),
      `tripline deployment schedule ${verb} hello/hook nightly`,
    )
  }
}
