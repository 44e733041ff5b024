// `tripline init`: a project that runs. What is there already is left as it is.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { YES_FLAG } from './confirm.ts'
import { CommandError } from './errors.ts'
import { withExample } from './help.ts'
import { painter } from './output.ts'
import type { Session } from './session.ts'
import { isInstalled, packageRoot, packageVersion } from './version.ts'

/** Runs a project's TypeScript on Nodes that do not. */
const TSX_VERSION = '^4.23.15'
/** What deploying to AWS needs beside tripline itself: CDK, what bundles the functions, and the clients that look around first. */
const AWS = {
  '@aws-sdk/client-cloudformation': '^3.1169.0',
  '@aws-sdk/client-service-quotas': '^3.1138.0',
  '@aws-sdk/client-sts': '^3.1169.0',
  'aws-cdk': '^2.1148.1',
  'aws-cdk-lib': '^2.276.0',
  constructs: '^10.8.1',
  esbuild: '^0.28.2',
}

const PROJECT = `# What this project wants to be there. \`npm start\` makes it so on this machine; for a server
# elsewhere say: npx tripline plan, npx tripline apply; for one of your own in AWS: npx tripline deploy
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

const STACK = `// What \`npx tripline deploy\` puts into your AWS account.
import { App, Stack } from 'aws-cdk-lib'
import { Tripline } from 'tripline/infra'

const app = new App()
const stage = app.node.tryGetContext('stage') ?? 'prod'
const stack = new Stack(app, \`Tripline-\${stage}\`, { terminationProtection: true })
new Tripline(stack, 'Tripline')
`

const CDK_JSON = { app: 'tsx stack.ts', output: '.tripline/cdk.out', versionReporting: false }

/** This very tripline: its version, or, from a checkout, which no registry has, the way to it. */
const dependencyFrom = (root: string): string =>
  isInstalled() ? `^${packageVersion()}` : `file:${relative(root, packageRoot())}`

const packageJson = (root: string) => ({
  name: packageName(root),
  private: true,
  type: 'module',
  scripts: { start: 'tripline dev', deploy: 'tripline deploy' },
  dependencies: { tripline: dependencyFrom(root) },
  devDependencies: { ...AWS, tsx: TSX_VERSION },
})

export function addInit(program: Command, session: Session): void {
  withExample(
    program
      .command('init')
      .argument(
        '[directory]',
        'where; made if it is not there (default: this one; on a terminal it asks)',
      )
      .description('write a project: a flow, a webhook, and a trigger between them')
      .option(...YES_FLAG)
      .action(async (said: string | undefined, { yes }: { yes?: true }) =>
        init(session, said ?? (yes ? HERE : await askedDirectory(session))),
      ),
    'tripline init hello && cd hello && npm install && npm start',
  )
}

const HERE = '.'

/** Where the project goes, as the person at the terminal says; here, where there is none. */
async function askedDirectory({ terminal: { prompts } }: Session): Promise<string> {
  if (!prompts) return HERE
  const answer = await prompts.text('Where shall the project be?', './hello')
  if (answer === null) throw new CommandError('nothing was written')
  return answer.trim() || HERE
}

function init({ terminal }: Session, directory: string): void {
  const { cwd, stdout } = terminal
  const root = resolve(cwd, directory)
  const files: Record<string, string> = {
    'package.json': `${JSON.stringify(packageJson(root), null, 2)}\n`,
    'tripline.yaml': PROJECT,
    'flows/hello.ts': FLOW,
    'stack.ts': STACK,
    'cdk.json': `${JSON.stringify(CDK_JSON, null, 2)}\n`,
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
