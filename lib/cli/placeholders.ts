// `{{ }}` in project files: `{{ $NAME }}` is a variable of the environment, `{{ prefect.variables.name }}`
// (or `tripline.variables`) one of the workspace. Whatever else stands in braces is a template,
// rendered when an event comes, and is left alone.

import type { Path } from './document.ts'
import type { CommandError } from './errors.ts'
import { isObject } from './input.ts'

export interface Values {
  environment(name: string): string | undefined
  /** The value of a workspace variable; undefined when there is none. */
  variable(name: string): Promise<unknown>
  /** Makes an error that tells the place. */
  fault(path: Path, message: string, fix?: string): CommandError
}

const PLACEHOLDER =
  /\{\{\s*(?:\$(?<env>\w+)|(?:prefect|tripline)\.variables\.(?<variable>[\w-]+))\s*\}\}/g
const ANYTHING_ELSE = /\{\{\s*(?!\$)([^}]*?)\s*\}\}/

/** Keys whose texts are templates for later. */
const TEMPLATES = ['triggers', 'trigger', 'template', 'actions', 'webhooks', 'automations']

/** Keys whose braces are filled by workers. */
const FOR_WORKERS = ['base_job_template', 'pull']

/**
 * The value with its placeholders filled. A placeholder that is a whole text keeps its value's
 * type; one within a text becomes part of it.
 * @throws CommandError for a variable that is not set, and for braces that nobody would ever fill
 */
export async function fill(value: unknown, values: Values, path: Path = []): Promise<unknown> {
  if (FOR_WORKERS.includes(String(path.at(-1)))) return value
  if (typeof value === 'string') return fillText(value, values, path)
  if (Array.isArray(value)) {
    return Promise.all(value.map((item, i) => fill(item, values, [...path, i])))
  }
  if (!isObject(value)) return value
  const entries = Object.entries(value).map(
    async ([key, field]) => [key, await fill(field, values, [...path, key])] as const,
  )
  return Object.fromEntries(await Promise.all(entries))
}

async function fillText(text: string, values: Values, path: Path): Promise<unknown> {
  const found = [...text.matchAll(PLACEHOLDER)]
  const filled = await Promise.all(found.map(({ groups }) => filling(groups, values, path)))
  if (found.length === 1 && found[0]?.[0] === text.trim()) return filled[0]
  let i = 0
  const result = text.replace(PLACEHOLDER, () => textOf(filled[i++]))
  const [left, name] = ANYTHING_ELSE.exec(result) ?? []
  if (left !== undefined && path[0] === 'deployments' && !path.some(isTemplate)) {
    throw values.fault(path, `nobody fills in \`${left}\``, knownPlaceholders(name))
  }
  return result
}

const isTemplate = (part: string | number) => TEMPLATES.includes(String(part))

const knownPlaceholders = (name = '') =>
  `Here are known: {{ $ENVIRONMENT_VARIABLE }} and {{ prefect.variables.${/^\w+$/.test(name) ? name : 'name'} }}.`

async function filling(
  groups: Record<string, string | undefined> | undefined,
  values: Values,
  path: Path,
): Promise<unknown> {
  const { env, variable = '' } = groups ?? {}
  if (env !== undefined) {
    const value = values.environment(env)
    if (value !== undefined) return value
    throw values.fault(path, `the environment has no ${env}`, `Try: export ${env}=…`)
  }
  const value = await values.variable(variable)
  if (value !== undefined) return value
  throw values.fault(
    path,
    `there is no variable '${variable}' in the workspace`,
    `Try: tripline variable set ${variable} VALUE`,
  )
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value)
