// `tripline plan` shows how the project differs from what is there; `tripline apply` makes it so.
import type { Command } from 'commander'
import { type ConfirmFlags, confirm, YES_FLAG } from './confirm.ts'
import { withExample } from './help.ts'
import { say } from './output.ts'
import { planProject } from './plan.ts'
import { backtestTrigger, PLAN_DAYS, type TriggerBacktest } from './plan-backtest.ts'
import { makeChanges } from './plan-change.ts'
import { count, planJson, planMarkdown, planText, shownPlan, summary } from './plan-text.ts'
import { readProject } from './project.ts'
import type { Session } from './session.ts'

interface PlanFlags extends ConfirmFlags {
  file?: string
  json?: true
  markdown?: true
  publish?: true
  backtest?: boolean
}

/** The key under which plans are kept: the last of them is at /artifacts/tripline-plan/latest. */
const PLAN_ARTIFACT = 'tripline-plan'

const FILE_FLAG = [
  '-f, --file <path>',
  'the project file (default: tripline.yaml, tripline.yml or prefect.yaml)',
] as const

export function addPlanAndApply(program: Command, session: Session): void {
  withExample(
    program
      .command('plan')
      .description('show what apply would change')
      .option(...FILE_FLAG)
      .option('--json', 'as JSON')
      .option('--markdown', 'as a comment on a pull request')
      .option('--publish', `keep it on the server, as the artifact ${PLAN_ARTIFACT}`)
      .option('--no-backtest', `leave out how often triggers would have fired in ${PLAN_DAYS} days`)
      .action((flags: PlanFlags) => plan(session, flags)),
    'tripline plan',
    "tripline plan --json | jq '.changes[].name'",
  )
  withExample(
    program
      .command('apply')
      .description('make deployments, webhooks and automations as the project file has them')
      .option(...FILE_FLAG)
      .option('--json', 'as JSON')
      .option(...YES_FLAG)
      .action((flags: PlanFlags) => apply(session, flags)),
    'tripline apply --yes',
  )
}

async function plan(session: Session, flags: PlanFlags): Promise<void> {
  const { terminal } = session
  const { client } = session.runtime()
  const changes = await planProject(client, await readProject(terminal, client, flags.file))
  const backtests: TriggerBacktest[] = []
  for (const trigger of changes.flatMap(({ triggers }) => triggers)) {
    if (flags.backtest === false) break
    backtests.push(await backtestTrigger(client, trigger))
  }
  if (flags.json) terminal.stdout.write(planJson(changes, backtests))
  else if (flags.markdown) terminal.stdout.write(planMarkdown(changes, backtests))
  else terminal.stdout.write(planText(changes, session, backtests))
  if (!flags.publish) return
  await client.artifacts.create({
    key: PLAN_ARTIFACT,
    type: 'json',
    description: summary(changes),
    data: shownPlan(changes, backtests),
  })
  say(terminal, `The plan is kept as the artifact '${PLAN_ARTIFACT}'.`)
}

async function apply(session: Session, flags: PlanFlags): Promise<void> {
  const { terminal } = session
  const { client } = session.runtime()
  const changes = await planProject(client, await readProject(terminal, client, flags.file))
  const due = changes.filter(({ action }) => action !== 'none')
  terminal.stdout.write(flags.json ? planJson(changes) : planText(changes, session))
  if (due.length === 0) return
  await confirm(terminal, flags, `Make ${count(due.length, 'change')}?`)
  await makeChanges(due, ({ kind, name, action }, id) =>
    say(terminal, `${kind} '${name}' is ${action}d (${id})`),
  )
}
