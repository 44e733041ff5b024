// `tripline deploy`: deployments of the project file, or of an entrypoint, with the triggers of the
// command line in place of the file's. Flags as in `prefect deploy`.
import type { Command } from 'commander'
import { NOT_YET } from '../core/ids.ts'
import type { AutomationBody, DeploymentTriggerDefinition } from '../sdk/triggers.ts'
import { deployStack, STAGE_FLAG, type StackFlags } from './aws-deploy.ts'
import { YES_FLAG } from './confirm.ts'
import { deployProject, hasStack } from './deploy-stack.ts'
import { pathText, readDocument, type SourceDocument } from './document.ts'
import { usage } from './errors.ts'
import { repeated, withExample } from './help.ts'
import { parsePairs } from './input.ts'
import { say } from './output.ts'
import { type Change, makeChanges } from './plan-change.ts'
import { planDeployment } from './plan-deployment.ts'
import { findProject, type Project, readProject, readTriggers } from './project.ts'
import type { DeploymentDefinition } from './project-schema.ts'
import { nameless } from './serve.ts'
import type { Session } from './session.ts'
import { warn } from './warnings.ts'

interface DeployFlags extends StackFlags {
  name?: string[]
  all?: true
  file?: string
  trigger?: string[]
  param?: string[]
  tag?: string[]
  pool?: string
  workQueue?: string
  description?: string
  version?: string
  cron?: string
  interval?: string
}

export function addDeploy(program: Command, session: Session): void {
  withExample(
    program
      .command('deploy')
      .argument('[entrypoint]', 'path/flow.ts:name; else the project file has it')
      .description(
        'make deployments known to the server, with their triggers; alone, in a project with a stack of its own (cdk.json): deploy ' +
          'that to AWS, and the whole project to it',
      )
      .option('-n, --name <name>', 'its name; may be said again', repeated)
      .option('--all', 'every deployment of the project file')
      .option('-f, --file <path>', 'the project file')
      .option(
        '--trigger <json|path>',
        'JSON, or a .yaml, .yml or .json file; replaces the file’s; may be said again',
        repeated,
      )
      .option('--param <name=value>', 'a parameter, JSON or text; may be said again', repeated)
      .option('-t, --tag <tag>', 'may be said again', repeated)
      .option('-p, --pool <name>', 'the work pool that executes its runs')
      .option('-q, --work-queue <name>', 'the queue of that pool')
      .option('-d, --description <text>')
      .option('--version <text>')
      .option('--cron <expression>', 'run it on this schedule')
      .option('--interval <duration>', 'run it so often')
      .option(...STAGE_FLAG)
      .option(...YES_FLAG)
      .action((entrypoint: string | undefined, flags: DeployFlags) =>
        deploy(session, entrypoint, flags),
      ),
    'tripline deploy flows/hello.ts:hello -n hook',
    `tripline deploy -n hook --trigger '{"expect": ["webhook.called"]}' --trigger triggers.yaml`,
    'tripline deploy --all',
    'tripline deploy',
  )
}

async function deploy(
  session: Session,
  entrypoint: string | undefined,
  flags: DeployFlags,
): Promise<void> {
  const { terminal } = session
  const { stage, yes, ...said } = flags
  if (!entrypoint && Object.keys(said).length === 0 && hasStack(terminal)) {
    return deployProject(session, await deployStack(terminal, flags))
  }
  const { client } = session.runtime()
  const chosen = chosenDeployments(await projectOf(session, entrypoint, flags), entrypoint, flags)
  const triggers = flags.trigger?.flatMap((said) => readTriggers(terminal, said))
  const deployments = chosen.deployments.map((one) => overridden(one, flags, triggers))
  const source = triggers ? withTriggersOfFlag(chosen.source) : chosen.source
  const project = { ...chosen, source, deployments }
  const changes: Change[] = []
  for (const [i] of deployments.entries()) changes.push(await planDeployment(client, project, i))
  for (const { name, action } of changes) {
    if (action === 'none') terminal.stdout.write(`Deployment '${name}' is as it was.\n`)
  }
  const made = new Map<Change, string>()
  await makeChanges(changes, (change, id) => {
    terminal.stdout.write(`Deployment '${change.name}' is ${change.action}d with id '${id}'.\n`)
    made.set(change, id)
    const { work_pool: pool, entrypoint } = deployments[changes.indexOf(change)] ?? {}
    if (pool?.name) return
    say(terminal, `Its runs wait until somebody serves it: tripline serve ${entrypoint}`)
  })
  for (const [{ triggers }, id] of made) {
    for (const { body } of triggers) await warn(session, ofDeployment(body, id))
  }
}

/** A planned trigger as it was made: what it starts has its id by now. */
const ofDeployment = (body: AutomationBody, id: string): AutomationBody =>
  JSON.parse(JSON.stringify(body).replaceAll(NOT_YET, id))

/** Faults of triggers are told of the flag that they came from. */
const withTriggersOfFlag = (source: SourceDocument): SourceDocument => ({
  ...source,
  fault: (path, message, fix) =>
    path[2] === 'triggers'
      ? usage(`--trigger ${Number(path[3]) + 1}: ${pathText(path.slice(4))}: ${message}`, fix)
      : source.fault(path, message, fix),
})

async function projectOf(
  session: Session,
  entrypoint: string | undefined,
  { file, name }: DeployFlags,
): Promise<Project> {
  const { terminal } = session
  if (entrypoint === undefined || file !== undefined || findProject(terminal.cwd) !== null) {
    const { client } = session.runtime()
    const project = await readProject(terminal, client, file)
    if (entrypoint === undefined) return project
    const named = project.deployments.filter((one) => name?.includes(one.name))
    if (named.length > 0) return project
  }
  if (name === undefined) throw usage('a deployment needs a name', 'Say it: -n NAME.')
  const deployments = name.map((one) => nameless(entrypoint, one))
  const source = readDocument('the command line', '{}')
  const nothing = { variables: [], workPools: [], webhooks: [], automations: [], pull: [] }
  return { source, root: terminal.cwd, deployments, ...nothing }
}

/** The project with those deployments that were asked for: by name, all, or the only one. */
function chosenDeployments(
  project: Project,
  entrypoint: string | undefined,
  { name, all }: DeployFlags,
): Project {
  const known = project.deployments.map((one) => one.name).join(', ') || 'none'
  if (!name) {
    if (all || project.deployments.length === 1) return project
    throw usage('which deployment?', `Say -n NAME or --all. There are: ${known}.`)
  }
  const missing = name.find((one) => !project.deployments.some((known) => known.name === one))
  if (missing !== undefined) {
    throw usage(`${project.source.path} has no deployment '${missing}'`, `There are: ${known}.`)
  }
  const deployments = project.deployments.filter((one) => name.includes(one.name))
  return {
    ...project,
    deployments: deployments.map((one) => (entrypoint ? { ...one, entrypoint } : one)),
  }
}

/** The deployment with what the command line says instead. */
function overridden(
  definition: DeploymentDefinition,
  flags: DeployFlags,
  triggers: DeploymentTriggerDefinition[] | undefined,
): DeploymentDefinition {
  const { cron, interval, pool, workQueue, param, tag, description, version } = flags
  const { schedule, schedules, ...unscheduled } = definition
  const isScheduled = cron !== undefined || interval !== undefined
  return {
    ...(isScheduled ? unscheduled : definition),
    ...(triggers && { triggers }),
    ...(param && { parameters: { ...definition.parameters, ...parsePairs(param, '--param') } }),
    ...(tag && { tags: tag }),
    ...(description !== undefined && { description }),
    ...(version !== undefined && { version }),
    ...((pool !== undefined || workQueue !== undefined) && {
      work_pool: {
        ...definition.work_pool,
        ...(pool !== undefined && { name: pool }),
        ...(workQueue !== undefined && { work_queue_name: workQueue }),
      },
    }),
    ...(isScheduled && {
      schedules: [
        ...(cron !== undefined ? [{ cron }] : []),
        ...(interval !== undefined ? [{ interval }] : []),
      ],
    }),
  }
}
