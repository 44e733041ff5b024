// tripline.yaml, or Prefect's prefect.yaml: what a repository wants to be there. Read, filled in
// and checked here; how it differs from what is there, plan.ts finds out.
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Client } from '../sdk/client.ts'
import type { DeploymentTriggerDefinition } from '../sdk/triggers.ts'
import { checked, readDocument, type SourceDocument } from './document.ts'
import { CommandError } from './errors.ts'
import { isObject, readText } from './input.ts'
import { fill } from './placeholders.ts'
import {
  type AutomationDefinition,
  type DeploymentDefinition,
  projectSchema,
  triggersFileSchema,
  type VariableDefinition,
  type WebhookDefinition,
  type WorkPoolDefinition,
} from './project-schema.ts'
import type { Terminal } from './terminal.ts'

export interface Project {
  source: SourceDocument
  /** Its directory: entrypoints are told from here. */
  root: string
  /** Whether blocks that are not there yet may be named: `migrate` shows a plan before they can be made. */
  blocksToCome?: true
  variables: VariableDefinition[]
  workPools: WorkPoolDefinition[]
  deployments: DeploymentDefinition[]
  /** What Prefect's workers do before a run, where a deployment says nothing else. */
  pull: Record<string, unknown>[]
  webhooks: WebhookDefinition[]
  automations: AutomationDefinition[]
}

/** Looked for in this order. */
const PROJECT_FILES = ['tripline.yaml', 'tripline.yml', 'prefect.yaml'] as const

export const findProject = (cwd: string): string | null =>
  PROJECT_FILES.find((name) => existsSync(join(cwd, name))) ?? null

type Reading = Pick<Terminal, 'cwd' | 'env'>

/**
 * Reads a project file: the named one, or the first of PROJECT_FILES in the directory.
 * @throws CommandError with file, line and path of the first fault
 */
export async function readProject(
  terminal: Reading,
  client: Client,
  named?: string,
): Promise<Project> {
  const path = named ?? findProject(terminal.cwd)
  if (path === null) {
    throw new CommandError(`there is no ${PROJECT_FILES[0]} in ${terminal.cwd}`, {
      fix: '`tripline init` writes one; --file names one elsewhere.',
      exitCode: 2,
    })
  }
  const source = readDocument(path, readText(terminal, path))
  const filled = await fill(source.value ?? {}, {
    environment: (name) => terminal.env[name],
    variable: async (name) =>
      ownVariable(source.value, name) ?? (await client.variables.byName(name))?.value,
    fault: source.fault,
  })
  const project = checked(source, filled, projectSchema)
  return {
    source,
    root: resolve(terminal.cwd, dirname(path)),
    variables: project.variables ?? [],
    workPools: project.work_pools ?? [],
    deployments: project.deployments ?? [],
    pull: project.pull ?? [],
    webhooks: project.webhooks ?? [],
    automations: project.automations ?? [],
  }
}

/** What the file itself says of a variable wins over the workspace, which `apply` will have follow. */
function ownVariable(file: unknown, name: string): unknown {
  const variables = isObject(file) && Array.isArray(file.variables) ? file.variables : []
  return variables.find((one) => isObject(one) && one.name === name)?.value
}

/**
 * The triggers of one `--trigger`: a file by its suffix, with `triggers:` at its top, else one
 * trigger as JSON. Prefect takes .yaml and .json; .yml is ours.
 * @throws CommandError with file, line and path of the first fault
 */
export function readTriggers(
  terminal: Pick<Terminal, 'cwd'>,
  said: string,
): DeploymentTriggerDefinition[] {
  if (/\.(ya?ml|json)$/.test(said)) {
    const source = readDocument(said, readText(terminal, said))
    return checked(source, source.value, triggersFileSchema).triggers
  }
  const source = readDocument('--trigger', said)
  return checked(source, { triggers: [jsonOf(source, said)] }, triggersFileSchema).triggers
}

function jsonOf(source: SourceDocument, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw source.fault([], `${text} is neither JSON nor a .yaml, .yml or .json file`)
  }
}
