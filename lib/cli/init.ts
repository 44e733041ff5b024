// `tripline init`: a project that runs. What is there already is left as it is.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { withExample } from './help.ts'
import { painter } from './output.ts'
import type { Session } from './session.ts'

/** Versions that a new project asks for; tsx runs its TypeScript on Nodes that do not. */
const TRIPLINE_VERSION = '^0.1.0'
const TSX_VERSION = '^4.23.15'
/** What deploying to AWS needs beside tripline itself. */
const CDK = { 'aws-cdk': '^2.1148.1', 'aws-cdk-lib': '^2.276.0', constructs: '^10.8.1' }

const PROJECT = `# What this project wants to be there. \`npm start\` makes it so on this machine; for a server
# elsewhere say: npx tripline plan, npx tripline apply
deployments:
  - name: hook
    entrypoint: flows/hello.ts:hello
    triggers:
      - expect: hello.called
        parameters:
          name: "{{ event.payload.name }}"

webhooks:
  - name: hello
    template: |
      {
        "event": "hello.called",
        "resource": {"prefect.resource.id": "hello"},
        "payload": {"name": "{{ body.name | default('world') }}"}
      }
`

const FLOW = `import { flow, getRunLogger } from 'tripline'

export const hello = flow(
  async ({ name = 'world' }: { name?: string }) => {
    const greeting = \`Hello, \${name}!\`
    getRunLogger().info(greeting)
    return greeting
  },
  { name: 'hello' },
)
`

const packageJson = (name: string) => ({
  name,
  private: true,
  type: 'module',
  scripts: { start: 'tripline dev', deploy: 'tripline deploy --all' },
  dependencies: { tripline: TRIPLINE_VERSION },
  devDependencies: { ...CDK, tsx: TSX_VERSION },
})

export function addInit(program: Command, session: Session): void {
  withExample(
    program
      .command('init')
      .argument('[directory]', 'where; made if it is not there', '.')
      .description('write a project: a flow, a webhook, and a trigger between them')
      .action((directory: string) => init(session, directory)),
    'tripline init hello && cd hello && npm install && npm start',
  )
}

function init({ terminal }: Session, directory: string): void {
  const { cwd, stdout } = terminal
  const root = resolve(cwd, directory)
  const files: Record<string, string> = {
    'package.json': `${JSON.stringify(packageJson(packageName(root)), null, 2)}\n`,
    'tripline.yaml': PROJECT,
    'flows/hello.ts': FLOW,
    '.gitignore': 'node_modules/\n.tripline/\n',
  }
  const { green, dim } = painter(terminal, stdout)
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, name)
    const shown = relative(cwd, path)
    if (existsSync(path)) {
      stdout.write(`${dim('kept')}     ${shown}\n`)
      continue
    }
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    stdout.write(`${green('written')}  ${shown}\n`)
  }
  const enter = root === resolve(cwd) ? '' : `cd ${directory} && `
  stdout.write(`\nNow: ${enter}npm install && npm start\n`)
}

/** The directory's name as npm takes it. */
const packageName = (root: string): string =>
  basename(root)
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '') || 'flows'
