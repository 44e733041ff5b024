// `tripline migrate`: what a Prefect server has, as a tripline.yaml. Only reads there; here nothing is made but the file, and the plan
// is shown.
import { existsSync, writeFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { stringify } from 'yaml'
import { createClient } from '../sdk/client.ts'
import { readConfig } from '../sdk/config.ts'
import { createSend } from '../sdk/http.ts'
import { usage } from './errors.ts'
import { withExample } from './help.ts'
import { readServer } from './migrate-from.ts'
import { migratedProject, remarksOn } from './migrate-to.ts'
import { say } from './output.ts'
import { planProject } from './plan.ts'
import { planText } from './plan-text.ts'
import { readProject } from './project.ts'
import type { Session } from './session.ts'
import { withSpinner } from './spinner.ts'

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
  const { clock, client } = session.runtime()
  const config = readConfig({ ...env, TRIPLINE_API_URL: from })
  const there = createClient(createSend(config, clock))
  const found = await withSpinner(terminal, `Reading ${from}`, () => readServer(there))
  const text = stringify(migratedProject(found), { aliasDuplicateObjects: false })
  writeFileSync(path, `# Read from ${from}\n${text}`)
  say(terminal, `Written: ${relative(terminal.cwd, path)}`)
  for (const remark of remarksOn(found)) say(terminal, remark)
  const project = { ...(await readProject(terminal, client, output)), blocksToCome: true as const }
  terminal.stdout.write(planText(await planProject(client, project), session))
}
