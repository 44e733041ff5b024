// `tripline start`: the whole of tripline in this process, until a signal. The modules behind it
// are loaded when it is asked for, so that the other commands start fast.
import { type Command, InvalidArgumentError, Option } from 'commander'
import { z } from 'zod'
import type { LocalServer } from '../local/server.ts'
import { usage } from './errors.ts'
import { withExample } from './help.ts'
import { profileLines } from './key.ts'
import { painter } from './output.ts'
import type { Session } from './session.ts'
import type { Terminal } from './terminal.ts'

const PORT_MAX = 65_535
/** What has not stopped by then is left: all that was acknowledged is on disk. */
const STOP_MS_MAX = 5_000
/** One Ctrl-C may come twice: from the terminal, and from npm or tsx, which had it too. */
const SAME_SIGNAL_MS = 1_000

const environmentSchema = z.object({
  /** Any DynamoDB endpoint, used instead of the embedded database. */
  DYNAMODB_ENDPOINT: z.url().optional(),
  /** A dynoxide binary, used instead of the one that was installed. */
  DYNOXIDE_BIN: z.string().optional(),
  /** 1: whoever calls must show an API key, on loopback too. */
  TRIPLINE_REQUIRE_KEYS: z.enum(['0', '1']).default('0'),
  /** How many a workspace may have. */
  TRIPLINE_AUTOMATIONS_MAX: z.coerce.number().int().positive().optional(),
  TRIPLINE_WEBHOOKS_MAX: z.coerce.number().int().positive().optional(),
  /** The name or the ARN of the EventBridge bus that put-event actions put events onto. */
  TRIPLINE_EVENT_BUS: z.string().min(1).optional(),
  /** Where people reach this server, for links in notices: as through a tunnel. */
  TRIPLINE_PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  /** 1: actions may call webhooks and mail servers on this machine. For development only. */
  TRIPLINE_ALLOW_LOOPBACK_TARGETS: z.enum(['0', '1']).default('0'),
})

/** @throws CommandError with the variable that is wrong */
function environmentOf(env: Terminal['env']): z.output<typeof environmentSchema> {
  const parsed = environmentSchema.safeParse(env)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const name = String(issue?.path[0])
  throw usage(`${name}=${env[name]}: ${issue?.message}`)
}

export interface StartFlags {
  port: number
  host: string
  dataDir: string
  ephemeral?: true
}

export function addStart(program: Command, { terminal }: Session): void {
  const command = program
    .command('start')
    .description('run everything in this process, over a database in a directory')
    .action(async (flags: StartFlags) => {
      const server = await startServer(flags, terminal)
      terminal.stdout.write(welcome(server, flags, terminal))
      await new Promise(() => {}) // until a signal, or until the database is lost
    })
  withExample(withStartFlags(command), 'tripline start --port 4300 --data-dir ./data')
}

/** The flags of all commands that start a server. */
export const withStartFlags = (command: Command): Command =>
  command
    .option('--port <number>', 'where to listen', portOf, 4200)
    .addOption(
      new Option('--host <name>', 'where to listen; any but a loopback address demands API keys')
        .default('127.0.0.1')
        .env('TRIPLINE_HOST'),
    )
    .option('--data-dir <path>', 'where everything durable is kept', '.tripline')
    .option('--ephemeral', 'keep everything in a temporary directory, removed at the end')

/**
 * Starts the server; SIGINT and SIGTERM stop it and end the process, and so does the loss of its
 * database. `beforeStop` is awaited first.
 */
export async function startServer(
  { port, host, dataDir, ephemeral }: StartFlags,
  { env, stderr }: Pick<Terminal, 'env' | 'stderr'>,
  beforeStop: () => Promise<unknown> = async () => {},
): Promise<LocalServer> {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
  const environment = environmentOf(env)
  const { TRIPLINE_AUTOMATIONS_MAX: automations, TRIPLINE_WEBHOOKS_MAX: webhooks } = environment
  const [{ startLocal }, { localApp }, { jsonLog }] = await Promise.all([
    import('../local/server.ts'),
    import('../local/services.ts'),
    import('../local/log.ts'),
  ])
  const log = jsonLog((line) => stderr.write(`${line}\n`))
  let server: LocalServer | null = null
  let stopsAt = 0
  const stop = async (code: number) => {
    if (server === null) process.exit(code) // not started yet: nothing to end in order
    const isAsked = stopsAt > 0
    if (isAsked && Date.now() - stopsAt > SAME_SIGNAL_MS) process.exit(130) // asked twice: at once
    if (isAsked) return
    stopsAt = Date.now()
    setTimeout(() => process.exit(code), STOP_MS_MAX).unref()
    await beforeStop()
    await server.stop()
    process.exit(code)
  }
  process.on('SIGINT', () => stop(0))
  process.on('SIGTERM', () => stop(0))

  const started = await startLocal({
    app: localApp,
    log,
    host,
    port,
    publicUrl: environment.TRIPLINE_PUBLIC_URL,
    requireKeys: environment.TRIPLINE_REQUIRE_KEYS === '1',
    quotas: {
      ...(automations !== undefined && { automations }),
      ...(webhooks !== undefined && { webhooks }),
    },
    dataDir: ephemeral ? null : dataDir,
    endpoint: environment.DYNAMODB_ENDPOINT,
    binary: environment.DYNOXIDE_BIN,
    carriers: {
      eventBus: environment.TRIPLINE_EVENT_BUS,
      allowLoopback: environment.TRIPLINE_ALLOW_LOOPBACK_TARGETS === '1',
    },
  })
  server = started
  started.died.then((lastWords) => {
    log.error('the embedded database has ended', { lastWords })
    return stop(1)
  })
  return started
}

type Welcomed = Pick<LocalServer, 'url' | 'dataDir'> &
  Partial<Pick<LocalServer, 'demandsKeys' | 'firstKey'>>

/** What the person reads first: where things are, and what to copy into another shell. */
export function welcome(
  { url, dataDir, demandsKeys, firstKey }: Welcomed,
  { ephemeral }: StartFlags,
  terminal: Terminal,
): string {
  const { bold } = painter(terminal, terminal.stdout)
  return [
    '',
    `  ${bold('tripline')} is running. Ctrl-C stops it.`,
    '',
    `  API        ${bold(`${url}/api`)}`,
    `  Webhooks   ${url}/hooks/<slug>`,
    `  Console    ${url}/`,
    `  Data       ${ephemeral ? `${dataDir} (removed at the end)` : dataDir}`,
    '',
    ...(firstKey ? firstKeyLines(url, firstKey, bold) : keyLines(url, demandsKeys === true)),
    '',
    '',
  ].join('\n')
}

const keyLines = (url: string, demandsKeys: boolean): string[] => [
  `  export PREFECT_API_URL=${url}/api`,
  ...(demandsKeys ? ['  export PREFECT_API_AUTH_STRING=tripline:<key>'] : []),
]

/** The key is on the terminal alone: it is in no log, and nobody will see it again. */
const firstKeyLines = (url: string, key: string, bold: (text: string) => string): string[] => [
  `  Admin key  ${bold(key)}`,
  '             shown this once: keep it, and make others with `tripline key create`',
  '',
  ...profileLines(`${url}/api`, key).map((line) => `  ${line}`),
]

/** @throws InvalidArgumentError when the text is no port; 0 is any that is free */
export function portOf(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= PORT_MAX) return port
  throw new InvalidArgumentError(`a port is a number from 0 (any free one) to ${PORT_MAX}`)
}
