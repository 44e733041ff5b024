// The second half of `tripline deploy` in a project with a stack: what tripline.yaml describes, made on the stack that was just deployed,
// with the stack's own first key.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from '../sdk/config.ts'
import { createRuntime } from '../sdk/runtime.ts'
import { regionOf } from './aws-deploy.ts'
import { CommandError } from './errors.ts'
import { say } from './output.ts'
import { planProject } from './plan.ts'
import { makeChanges } from './plan-change.ts'
import { planText } from './plan-text.ts'
import { findProject, readProject } from './project.ts'
import type { Session } from './session.ts'
import { stackKey } from './smoke.ts'
import type { Terminal } from './terminal.ts'

/** Whether this directory describes a stack: what CDK reads. */
export const hasStack = ({ cwd }: Pick<Terminal, 'cwd'>): boolean =>
  existsSync(join(cwd, 'cdk.json'))

/** Makes the project on a stack of these outputs. Without a project file there is nothing to make. */
export async function deployProject(
  session: Session,
  outputs: ReadonlyMap<string, string>,
): Promise<void> {
  const { terminal } = session
  if (findProject(terminal.cwd) === null) return
  const [apiUrl, secretId] = ['ApiUrl', 'AdminKeySecret'].map((name) => outputs.get(name))
  if (!apiUrl || !secretId)
    throw new CommandError('the stack has no outputs ApiUrl, AdminKeySecret')
  const key = await stackKey(secretId, regionOf(terminal.env))
  const config = readConfig({
    TRIPLINE_API_URL: apiUrl,
    TRIPLINE_API_AUTH_STRING: `tripline:${key}`,
  })
  const { client } = createRuntime(config, { write: (line) => say(terminal, line) })
  const changes = await planProject(client, await readProject(terminal, client))
  terminal.stdout.write(planText(changes, session))
  await makeChanges(changes, ({ kind, name, action }) =>
    say(terminal, `${kind} '${name}' ${action}d`),
  )
  say(
    terminal,
    `To talk to it: tripline profile create aws --set TRIPLINE_API_URL=${apiUrl} --set TRIPLINE_API_AUTH_STRING=tripline:KEY, the key being secret ${secretId}`,
  )
}
