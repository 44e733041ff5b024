// The command line. Everything read from the environment is read here, once.
import { Command, InvalidArgumentError } from 'commander'
import { z } from 'zod'
import { Refusal } from '../core/errors.ts'
import type { LocalServer } from '../local/server.ts'

const NODE_MAJOR_MIN = 20
const PORT_MAX = 65_535
/** What has not stopped by then is left: all that was acknowledged is on disk. */
const STOP_MS_MAX = 5_000
/** One Ctrl-C may come twice: from the terminal, and from npm or tsx, which had it too. */
const SAME_SIGNAL_MS = 1_000

const Environment = z.object({
  /** Any DynamoDB endpoint, used instead of the embedded database. */
  DYNAMODB_ENDPOINT: z.url().optional(),
  /** A dynoxide binary, used instead of the one that was installed. */
  DYNOXIDE_BIN: z.string().optional(),
  /** Set to anything: no colours (no-color.org). */
  NO_COLOR: z.string().optional(),
})

interface StartFlags {
  port: number
  host: string
  dataDir: string
  ephemeral?: true
}

async function start({ port, host, dataDir, ephemeral }: StartFlags): Promise<void> {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
  const environment = Environment.parse(process.env)
  const [{ startLocal }, { localApp }, { jsonLog }] = await Promise.all([
    import('../local/server.ts'),
    import('../local/services.ts'),
    import('../local/log.ts'),
  ])
  const log = jsonLog((line) => process.stderr.write(`${line}\n`))
  let server: LocalServer | null = null
  let stopsAt = 0
  const stop = async (code: number) => {
    if (server === null) process.exit(code) // not started yet: nothing to end in order
    if (stopsAt > 0 && Date.now() - stopsAt > SAME_SIGNAL_MS) process.exit(130) // asked twice: at once
    if (stopsAt > 0) return
    stopsAt = Date.now()
    setTimeout(() => process.exit(code), STOP_MS_MAX).unref()
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
    dataDir: ephemeral ? null : dataDir,
    endpoint: environment.DYNAMODB_ENDPOINT,
    binary: environment.DYNOXIDE_BIN,
  })
  server = started
  const isPlain = environment.NO_COLOR !== undefined || !process.stdout.isTTY
  const where = ephemeral ? `${started.dataDir} (removed at the end)` : started.dataDir
  process.stdout.write(welcome(started.url, where, isPlain))
  started.died.then((lastWords) => {
    log.error('the embedded database has ended', { lastWords })
    return stop(1)
  })
}

function welcome(url: string, dataDir: string, isPlain: boolean): string {
  const bold = (text: string) => (isPlain ? text : `\u001b[1m${text}\u001b[22m`)
  return [
    '',
    `  ${bold('tripline')} is running. Ctrl-C stops it.`,
    '',
    `  API        ${bold(`${url}/api`)}`,
    `  Webhooks   ${url}/hooks/<slug>`,
    `  Data       ${dataDir}`,
    '',
    `  export PREFECT_API_URL=${url}/api`,
    '',
    '',
  ].join('\n')
}

function portOf(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= PORT_MAX) return port
  throw new InvalidArgumentError(`a port is a number from 0 (any free one) to ${PORT_MAX}`)
}

const program = new Command('tripline').description(
  'Webhooks, events and triggers that start runs, in your own AWS account or in one local process',
)

program
  .command('start')
  .description('run everything in this process, over a database in a directory')
  .option('--port <number>', 'where to listen', portOf, 4200)
  .option('--host <name>', 'the loopback address to listen on', '127.0.0.1')
  .option('--data-dir <path>', 'where everything durable is kept', '.tripline')
  .option('--ephemeral', 'keep everything in a temporary directory, removed at the end')
  .action(start)

const major = Number(process.versions.node.split('.')[0])
if (major < NODE_MAJOR_MIN) {
  process.stderr.write(`tripline needs Node ${NODE_MAJOR_MIN} or later, not ${process.version}\n`)
  process.exit(1)
}

try {
  await program.parseAsync()
} catch (error) {
  const text = error instanceof Refusal ? error.message : String((error as Error)?.stack ?? error)
  process.stderr.write(`tripline: ${text}\n`)
  process.exit(1)
}
