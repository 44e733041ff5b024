// `tripline run` calls a flow once, here and now; `tripline serve` stays, and runs what is scheduled
// for deployments. Both work with the SDK that the user's own file imports.
import type { Command } from 'commander'
import type { ServedDeployment } from '../sdk/register.ts'
import { checked, readDocument } from './document.ts'
import { isRunnable, loadFlow, sdkOf } from './entrypoint.ts'
import { CommandError, usage } from './errors.ts'
import { positive } from './event.ts'
import { repeated, withExample } from './help.ts'
import { parseJsonObject, parsePairs, textOrFile } from './input.ts'
import { findProject, type Project, readProject, readTriggers } from './project.ts'
import { type DeploymentDefinition, projectSchema } from './project-schema.ts'
import type { Session } from './session.ts'

/** What a served deployment is called that nobody named. */
const NAME_DEFAULT = 'default'

interface RunFlags {
  param?: string[]
  params?: string
}

export function addRunAndServe(program: Command, session: Session): void {
  withExample(
    program
      .command('run')
      .argument('<entrypoint>', 'path/flow.ts:name')
      .description('call a flow in this process and print what it returns, as JSON')
      .option('-p, --param <name=value>', 'a parameter, JSON or text; may be said again', repeated)
      .option('--params <json>', 'all parameters as a JSON object, or @file')
      .action((entrypoint: string, flags: RunFlags) => runFlow(session, entrypoint, flags)),
    'tripline run flows/hello.ts:hello -p name=Ada',
  )
  withExample(
    program
      .command('serve')
      .argument('[entrypoints...]', 'path/flow.ts:name; none: all of the project without a pool')
      .description('run what is scheduled for deployments, until a signal')
      .option('-n, --name <name>', `of deployments the project does not name (${NAME_DEFAULT})`)
      .option('-f, --file <path>', 'the project file')
      .option('--trigger <json|path>', 'JSON, or a .yaml, .yml or .json file', repeated)
      .option('-t, --tag <tag>', 'may be said again', repeated)
      .option('--limit <number>', 'runs at one time, of each deployment', positive)
      .action((entrypoints: string[], flags: ServeFlags) =>
        serveFlows(session, entrypoints, flags),
      ),
    'tripline serve',
    `tripline serve flows/hello.ts:hello -n hook --trigger '{"expect": "webhook.called"}'`,
  )
}

/** The user's SDK reads its own environment: what the profile says must stand there. */
export function lendProfile(session: Session): void {
  for (const [name, value] of Object.entries(session.profile().env)) {
    if (value !== undefined) process.env[name] = value
  }
}

async function runFlow(session: Session, entrypoint: string, flags: RunFlags): Promise<void> {
  const { terminal } = session
  lendProfile(session)
  const flow = await loadFlow(terminal.cwd, entrypoint)
  const parameters = {
    ...(flags.params && parseJsonObject(textOrFile(terminal, flags.params), '--params')),
    ...parsePairs(flags.param ?? [], '--param'),
  }
  let result: unknown
  try {
    result = await flow(parameters)
  } catch (error) {
    throw new CommandError(`flow '${flow.name}' has failed: ${describe(error)}`)
  }
  terminal.stdout.write(`${JSON.stringify(result ?? null)}\n`)
}

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)

interface ServeFlags {
  name?: string
  file?: string
  trigger?: string[]
  tag?: string[]
  limit?: number
}

async function serveFlows(
  session: Session,
  entrypoints: string[],
  flags: ServeFlags,
): Promise<void> {
  const { terminal } = session
  lendProfile(session)
  const { root, deployments } = await chosen(session, entrypoints, flags)
  const triggers = flags.trigger?.flatMap((said) => readTriggers(terminal, said))
  const served: ServedDeployment[] = []
  for (const definition of deployments) {
    const flow = await loadFlow(root, definition.entrypoint)
    served.push(
      flow.toDeployment({
        ...optionsOf(definition),
        ...(triggers && { triggers }),
        ...(flags.tag && { tags: flags.tag }),
        ...(flags.limit !== undefined && { limit: flags.limit }),
      }),
    )
  }
  const { serve } = await sdkOf(root)
  const { finished } = await serve(...served)
  await finished
}

function optionsOf(definition: DeploymentDefinition) {
  const { name, triggers, tags, parameters, description, version, concurrency_limit } = definition
  return {
    name,
    ...(triggers && { triggers }),
    ...(tags && { tags }),
    ...(parameters && { parameters }),
    ...(description !== undefined && { description }),
    ...(version !== undefined && { version }),
    ...(concurrency_limit !== undefined && { limit: concurrency_limit }),
  }
}

/** The project's deployments of those entrypoints; an entrypoint that it has not, under `--name`. */
async function chosen(
  session: Session,
  entrypoints: string[],
  { name, file }: ServeFlags,
): Promise<Pick<Project, 'root' | 'deployments'>> {
  const { terminal } = session
  const hasProject = file !== undefined || findProject(terminal.cwd) !== null
  const project = hasProject
    ? await readProject(terminal, session.runtime().client, file)
    : { root: terminal.cwd, deployments: [] }
  const { root } = project
  if (entrypoints.length === 0) {
    const deployments = project.deployments.filter(isServable)
    if (deployments.length > 0) return { root, deployments }
    throw usage('nothing to serve', 'Name an entrypoint, such as flows/hello.ts:hello.')
  }
  const deployments = entrypoints.flatMap((entrypoint) => {
    const known = project.deployments.filter(
      (one) => one.entrypoint === entrypoint && (name === undefined || one.name === name),
    )
    return known.length > 0 ? known : [nameless(entrypoint, name ?? NAME_DEFAULT)]
  })
  return { root, deployments }
}

/** Whether a deployment waits for `tripline serve`: it has no pool, and its flow runs here. */
export const isServable = ({ work_pool: pool, entrypoint }: DeploymentDefinition): boolean =>
  pool?.name === undefined && isRunnable(entrypoint)

/** A deployment of which the command line says all there is. */
export function nameless(entrypoint: string, name: string): DeploymentDefinition {
  const source = readDocument('the command line', '{}')
  const { deployments } = checked(source, { deployments: [{ name, entrypoint }] }, projectSchema)
  return deployments?.[0] as DeploymentDefinition
}
