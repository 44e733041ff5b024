// `tripline dev`: the server, the project applied to it, its deployments served, a webhook to call,
// and events on the screen as they come. The flows run in a process of their own: what they do to
// it does not concern the server.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Command } from 'commander'
import type { Webhook } from '../core/webhook-definition.ts'
import type { Client } from '../sdk/client.ts'
import { readConfig } from '../sdk/config.ts'
import { createRuntime, type Runtime } from '../sdk/runtime.ts'
import { subscribeAt } from '../sdk/subscribe.ts'
import { eventLine } from './event.ts'
import { withExample } from './help.ts'
import { painter } from './output.ts'
import { planProject } from './plan.ts'
import { makeChanges } from './plan-change.ts'
import { planText } from './plan-text.ts'
import { findProject, type Project, readProject } from './project.ts'
import { isServable } from './serve.ts'
import type { Session } from './session.ts'
import { type StartFlags, startServer, welcome, withStartFlags } from './start.ts'
import { hookUrl } from './webhook.ts'

/** The webhook of those who have no project. */
const WEBHOOK = 'dev'
/** Told every half minute of every run: true, and of no interest to who looks on. */
const NOISE = ['prefect.flow-run.heartbeat']

export function addDev(program: Command, session: Session): void {
  const command = program
    .command('dev')
    .description('start, apply and serve the project, print a hook URL, show events live')
    .action((flags: StartFlags) => dev(session, flags))
  withExample(withStartFlags(command), 'tripline dev', 'tripline dev --port 4300 --ephemeral')
}

async function dev(session: Session, flags: StartFlags): Promise<void> {
  const { terminal } = session
  let flows: { stop(): Promise<unknown> } | null = null
  const server = await startServer(flags, terminal, async () => flows?.stop())
  terminal.stdout.write(welcome(server, flags, terminal))
  const env = {
    ...terminal.env,
    TRIPLINE_API_URL: `${server.url}/api`,
    ...(server.firstKey !== null && { TRIPLINE_API_AUTH_STRING: `tripline:${server.firstKey}` }),
  }
  const runtime = createRuntime(readConfig(env), {
    write: (line) => terminal.stderr.write(`${line}\n`),
  })
  const project = await applied(session, runtime)
  if (project?.deployments.some(isServable)) flows = startServing(env)
  const webhook = await webhookOf(runtime.client, project)
  terminal.stdout.write(invitation(webhook, runtime, session))
  for await (const event of subscribeAt(runtime, {}, {})) {
    if (NOISE.includes(event.event)) continue
    terminal.stdout.write(`${eventLine(event, session)}\n`)
  }
}

/** The project of this directory, made to be there; null when there is none. */
async function applied(session: Session, { client }: Runtime): Promise<Project | null> {
  const { terminal } = session
  if (findProject(terminal.cwd) === null) return null
  const project = await readProject(terminal, client)
  const changes = await planProject(client, project)
  terminal.stdout.write(`${planText(changes, session)}\n`)
  await makeChanges(changes)
  return project
}

async function webhookOf(client: Client, project: Project | null): Promise<Webhook> {
  const name = project?.webhooks[0]?.name ?? WEBHOOK
  const [known] = await client.webhooks.filter({ webhooks: { name: { any_: [name] } } })
  return known ?? client.webhooks.create({ name })
}

function invitation(webhook: Webhook, { config }: Runtime, { terminal }: Session): string {
  const { bold } = painter(terminal, terminal.stdout)
  const url = hookUrl(config.apiUrl, webhook)
  const header = `-H 'content-type: application/json'`
  return [
    `  Call webhook '${webhook.name}' from another shell:`,
    '',
    `  ${bold(`curl ${url} ${header} -d '{"name": "Ada"}'`)}`,
    '',
    '  Events as they come:',
    '',
    '',
  ].join('\n')
}

/** `tripline serve` as a child, which tells by its own words what it does. */
function startServing(env: NodeJS.ProcessEnv): { stop(): Promise<unknown> } {
  const [, script = ''] = process.argv
  const child = spawn(process.execPath, [...process.execArgv, script, 'serve'], {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const ended = once(child, 'close')
  return {
    stop() {
      child.kill('SIGTERM')
      return ended
    },
  }
}
