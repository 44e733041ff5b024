// `tripline migrate`: what a Prefect server has, as a tripline.yaml: deployments with their schedules and triggers, automations,
// webhooks, variables. Only reads there; here nothing is made but the file, and the plan is shown.
import { existsSync, writeFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { stringify } from 'yaml'
import type { Automation } from '../core/automation.ts'
import type { Deployment } from '../core/deployment.ts'
import type { Variable } from '../core/ports.ts'
import type { Webhook } from '../core/webhook-definition.ts'
import { type Client, createClient } from '../sdk/client.ts'
import { readConfig } from '../sdk/config.ts'
import { ApiError, createSend } from '../sdk/http.ts'
import { ownerOf } from '../sdk/triggers.ts'
import { CommandError, usage } from './errors.ts'
import { withExample } from './help.ts'
import { say } from './output.ts'
import { planProject } from './plan.ts'
import { planText } from './plan-text.ts'
import { readProject } from './project.ts'
import type { Session } from './session.ts'
import { withSpinner } from './spinner.ts'

/** Objects of one answer of the server. */
const PAGE = 200

interface MigrateFlags {
  from: string
  output: string
  force?: true
}

export function addMigrate(program: Command, session: Session): void {
  withExample(
    program
      .command('migrate')
      .description('write a tripline.yaml of what a Prefect server has, and show the plan')
      .requiredOption(
        '--from <url>',
        'its API, such as http://127.0.0.1:4200/api; PREFECT_API_KEY is sent',
      )
      .option('-o, --output <path>', 'the file', 'tripline.yaml')
      .option('--force', 'overwrite it')
      .action((flags: MigrateFlags) => migrate(session, flags)),
    'tripline migrate --from https://api.prefect.cloud/api/accounts/ACCOUNT/workspaces/WORKSPACE',
  )
}

async function migrate(session: Session, { from, output, force }: MigrateFlags): Promise<void> {
  const { terminal } = session
  const path = resolve(terminal.cwd, output)
  if (existsSync(path) && !force)
    throw usage(`${output} is there already`, 'Say --force to overwrite it.')
  const { env } = session.profile()
  const { clock } = session.runtime()
  const config = readConfig({ ...env, TRIPLINE_API_URL: from })
  const there = createClient(createSend(config, clock))
  const found = await withSpinner(terminal, `Reading ${from}`, () => read(there))
  writeFileSync(
    path,
    `# Read from ${from}\n${stringify(projectOf(found), { aliasDuplicateObjects: false })}`,
  )
  say(terminal, `Written: ${relative(terminal.cwd, path)}`)
  for (const { name, value } of found.variables) {
    say(
      terminal,
      `Variables are no part of it: tripline variable set ${name} '${JSON.stringify(value)}'`,
    )
  }
  const { client } = session.runtime()
  terminal.stdout.write(
    planText(await planProject(client, await readProject(terminal, client, output)), session),
  )
}

interface Found {
  deployments: { flow: string; deployment: Deployment; triggers: Automation[] }[]
  automations: Automation[]
  webhooks: Webhook[]
  variables: Variable[]
  /** `flow/name` by id. */
  names: Map<string, string>
}

async function read(there: Client): Promise<Found> {
  const flows = new Map((await all((page) => there.flows.filter(page))).map((one) => [one.id, one]))
  const known = await all((page) => there.deployments.filter(page))
  const names = new Map(
    known.map((one) => [one.id, `${flows.get(one.flow_id)?.name ?? '?'}/${one.name}`]),
  )
  const automations = await all((page) => there.automations.filter(page))
  const deployments = known.map((deployment) => ({
    flow: flows.get(deployment.flow_id)?.name ?? '?',
    deployment,
    triggers: automations.filter((one) => isTriggerOf(deployment, one)),
  }))
  const owned = new Set(deployments.flatMap(({ triggers }) => triggers))
  return {
    deployments,
    automations: automations.filter((one) => !owned.has(one)),
    webhooks: await orNone(there.webhooks.filter()),
    variables: await all((page) => there.variables.filter(page)),
    names,
  }
}

async function all<T>(
  list: (page: { limit: number; offset: number }) => Promise<T[]>,
): Promise<T[]> {
  const found: T[] = []
  for (;;) {
    const page = await list({ limit: PAGE, offset: found.length })
    found.push(...page)
    if (page.length < PAGE) return found
  }
}

/** Webhooks are Cloud's: a server of one's own has none. */
async function orNone(webhooks: Promise<Webhook[]>): Promise<Webhook[]> {
  try {
    return await webhooks
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return []
    throw error
  }
}

/** Who owns an automation is not told: a trigger's has one action, which runs its deployment, and a name that tells so. */
const isTriggerOf = ({ id, name }: Deployment, { actions, name: said }: Automation): boolean => {
  const [action, ...others] = actions as { type: string; deployment_id?: string }[]
  const isNamed =
    said.startsWith(`${name}__automation_`) || said === `Automation for deployment ${id}`
  return (
    isNamed &&
    others.length === 0 &&
    action?.type === 'run-deployment' &&
    ownerOf(id) === ownerOf(action.deployment_id ?? '')
  )
}

function projectOf({ deployments, automations, webhooks, names }: Found): object {
  const labelled = automations.map((one) => automationOf(one, names))
  return {
    ...(deployments.length > 0 && { deployments: deployments.map(deploymentOf) }),
    ...(webhooks.length > 0 && { webhooks: webhooks.map(webhookOf) }),
    ...(labelled.length > 0 && { automations: labelled }),
  }
}

function deploymentOf({ flow, deployment, triggers }: Found['deployments'][number]): object {
  const { name, entrypoint, tags, parameters, description, version, paused } = deployment
  const { work_pool_name: pool, work_queue_name: queue, job_variables, schedules } = deployment
  if (entrypoint === null) {
    throw new CommandError(`deployment '${flow}/${name}' names no entrypoint`, {
      fix: 'It was made by something other than `deploy`; delete it there, or deploy it anew.',
    })
  }
  return {
    name,
    entrypoint,
    flow_name: flow,
    ...(version && { version }),
    ...(description && { description }),
    ...(tags.length > 0 && { tags }),
    ...(Object.keys(parameters).length > 0 && { parameters }),
    ...(paused && { paused }),
    ...(pool && {
      work_pool: {
        name: pool,
        ...(queue && queue !== 'default' && { work_queue_name: queue }),
        ...(Object.keys(job_variables ?? {}).length > 0 && { job_variables }),
      },
    }),
    ...(schedules.length > 0 && {
      schedules: schedules.map(({ schedule, active, slug, parameters: given }) => ({
        ...withoutNulls(schedule),
        ...(!active && { active }),
        ...(slug && { slug }),
        ...(Object.keys(given ?? {}).length > 0 && { parameters: given }),
      })),
    }),
    ...(triggers.length > 0 && { triggers: triggers.map(triggerOf) }),
  }
}

function triggerOf({ name, description, enabled, trigger, actions }: Automation): object {
  const [action] = actions as Record<string, unknown>[]
  const { parameters, job_variables, schedule_after, review } = action ?? {}
  return {
    name,
    ...(description && { description }),
    ...(!enabled && { enabled }),
    ...(withoutIds(trigger) as object),
    ...(parameters ? { parameters } : {}),
    ...(job_variables ? { job_variables } : {}),
    ...(schedule_after ? { schedule_after } : {}),
    ...(review ? { review } : {}),
  }
}

function automationOf(automation: Automation, names: Found['names']): object {
  const { name, description, enabled, tags, trigger } = automation
  const named = (actions: readonly object[]) =>
    actions.map((action) => actionOf({ ...action }, names))
  const { actions, actions_on_trigger, actions_on_resolve } = automation
  return {
    name,
    ...(description && { description }),
    ...(!enabled && { enabled }),
    ...(tags.length > 0 && { tags }),
    trigger: withoutIds(trigger),
    actions: named(actions),
    ...(actions_on_trigger.length > 0 && { actions_on_trigger: named(actions_on_trigger) }),
    ...(actions_on_resolve.length > 0 && { actions_on_resolve: named(actions_on_resolve) }),
  }
}

/** Ids are of there; a deployment is named in place of its id. */
function actionOf({ deployment_id, ...action }: Record<string, unknown>, names: Found['names']) {
  const deployment = names.get(String(deployment_id))
  return withoutNulls({
    ...action,
    ...(deployment ? { deployment } : deployment_id ? { deployment_id } : {}),
  })
}

const webhookOf = ({ name, description, enabled, template }: Webhook): object => ({
  name,
  ...(description && { description }),
  ...(!enabled && { enabled }),
  template,
})

/** A trigger with the ids left out that every server makes anew, and what is empty. */
function withoutIds(trigger: Automation['trigger']): unknown {
  const { id, ...rest } = trigger
  const isSaid = (value: unknown) =>
    value !== null && !(typeof value === 'object' && Object.keys(value).length === 0)
  const said = Object.fromEntries(Object.entries(rest).filter(([, value]) => isSaid(value)))
  return 'triggers' in trigger ? { ...said, triggers: trigger.triggers.map(withoutIds) } : said
}

const withoutNulls = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null))
