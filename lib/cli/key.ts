// `tripline key`: API keys of the workspace. What makes one prints its text on stdout, once, and beside it, on stderr, the variables by
// which every client finds its way: Prefect's sockets send no PREFECT_API_KEY, so the key goes by PREFECT_API_AUTH_STRING.
import { type Command, InvalidArgumentError, Option } from 'commander'
import { OVERLAP_SECONDS, SCOPES, type Scope } from '../core/api-key.ts'
import { parseLenientDuration } from '../core/duration.ts'
import { MICROS_PER_MS, parseInstant } from '../core/time.ts'
import type { MadeKey, ShownKey } from '../sdk/wire.ts'
import { type ConfirmFlags, confirm, YES_FLAG } from './confirm.ts'
import { findKey } from './find.ts'
import { withExample } from './help.ts'
import {
  type Column,
  type OutputFlags,
  outputOption,
  printList,
  printObject,
  relativeTime,
  say,
} from './output.ts'
import type { Session } from './session.ts'

export function addKey(program: Command, session: Session): void {
  const group = program.command('key').alias('keys').description('API keys of the workspace')
  withExample(group, 'tripline key create ci --scope ingest', 'tripline key ls')
  addListing(group, session)
  addCreate(group, session)
  addRotate(group, session)
  addRevoke(group, session)
}

/** The lines of a shell that let every client in, Prefect's sockets too. */
export const profileLines = (apiUrl: string, key: string): string[] => [
  `export PREFECT_API_URL=${apiUrl}`,
  `export PREFECT_API_AUTH_STRING=tripline:${key}`,
]

const SCOPE_WORDS = `ingest (send events), read, write (read, ingest and change), admin (all, keys too)`

function addListing(group: Command, session: Session): void {
  const { terminal } = session
  const ago = (instant: string | null) => relativeTime(instant, terminal.now())
  const columns: Column<ShownKey>[] = [
    { title: 'Name', of: ({ name }) => name },
    { title: 'ID', of: ({ id }) => id, isWhole: true },
    { title: 'Scopes', of: ({ scopes }) => scopes.join(', ') },
    { title: 'Ends in', of: ({ hint }) => hint },
    { title: 'Status', of: ({ status }) => status },
    { title: 'Created', of: ({ created }) => ago(created) },
    { title: 'Last used', of: ({ last_used_at }) => ago(last_used_at) || 'never' },
    { title: 'Expires', of: ({ expires_at }) => ago(expires_at) || 'never' },
  ]
  withExample(
    group
      .command('ls')
      .description('all keys that are good; without their texts, which nobody can see again')
      .option('--all', 'also keys that are revoked or expired')
      .addOption(outputOption())
      .action(async (flags: OutputFlags & { all?: true }) => {
        const { keys } = session.runtime().client
        const found = await keys.filter({ include_inactive: flags.all === true })
        printList(terminal, flags, found, columns)
      }),
    'tripline key ls --all',
  )
}

interface CreateFlags extends OutputFlags {
  scope: Scope[]
  expires?: string
}

function addCreate(group: Command, session: Session): void {
  withExample(
    group
      .command('create')
      .argument('<name>')
      .description('make a key, and print it once')
      .addOption(
        new Option('--scope <scope...>', SCOPE_WORDS).choices(SCOPES).default(['write'], 'write'),
      )
      .option(
        '--expires <when>',
        'after so long (30d, PT8H), or at an instant',
        expiryFrom(session),
      )
      .addOption(outputOption())
      .action(async (name: string, { scope, expires, output }: CreateFlags) => {
        const asked = { name, scopes: scope, expires_at: expires ?? null }
        const made = await session.runtime().client.keys.create(asked)
        printMade(session, made, output ? { output } : {})
      }),
    'tripline key create laptop',
    'KEY=$(tripline key create ci --scope read)',
    'tripline key create github-actions --scope ingest --expires 90d',
  )
}

function addRotate(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    group
      .command('rotate')
      .argument('<key>', 'its id or name')
      .description('give a key a new text; the old one is taken for a while longer')
      .option('--overlap <length>', 'for so long (0 for no longer)', secondsOf, OVERLAP_SECONDS)
      .addOption(outputOption())
      .option(...YES_FLAG)
      .action(async (said: string, flags: OutputFlags & ConfirmFlags & { overlap: number }) => {
        const { client } = session.runtime()
        const { id, name } = await findKey(client, said)
        if (flags.overlap === 0) {
          await confirm(terminal, flags, `Rotate key '${name}', and refuse its old text at once?`)
        }
        printMade(session, await client.keys.rotate(id, flags.overlap), flags)
      }),
    'tripline key rotate laptop',
    'tripline key rotate laptop --overlap 1h',
  )
}

function addRevoke(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    group
      .command('revoke')
      .alias('delete')
      .argument('<key>', 'its id or name')
      .description('refuse a key from now on (everywhere within five seconds), for ever')
      .option(...YES_FLAG)
      .action(async (said: string, flags: ConfirmFlags) => {
        const { client } = session.runtime()
        const { id, name } = await findKey(client, said)
        await confirm(terminal, flags, `Revoke key '${name}' (${id})?`)
        await client.keys.revoke(id)
        say(terminal, `Key '${name}' is revoked.`)
      }),
    'tripline key revoke laptop',
  )
}

function printMade({ terminal, runtime }: Session, made: MadeKey, flags: OutputFlags): void {
  if (flags.output) {
    printObject(terminal, flags, made)
    return
  }
  say(terminal, `Key '${made.name}' (${made.scopes.join(', ')}); nobody can see it again:\n`)
  terminal.stdout.write(`${made.key}\n`)
  const lines = profileLines(runtime().config.apiUrl, made.key).map((line) => `  ${line}`)
  say(
    terminal,
    [
      '\nThese two lines are enough for every client, Python and TypeScript:\n',
      ...lines,
      "\nPREFECT_API_KEY alone is not: with it Prefect's client leaves its sockets, and so its events, without a key.",
    ].join('\n'),
  )
}

/** The instant that is meant by a length from now, or by itself. */
const expiryFrom =
  ({ terminal }: Session) =>
  (said: string): string => {
    const seconds = lengthOf(said)
    if (seconds !== null) return new Date(terminal.now() + seconds * 1_000).toISOString()
    const instant = parseInstant(said)
    if (instant !== null) return new Date(instant / MICROS_PER_MS).toISOString()
    throw new InvalidArgumentError(`'${said}' is neither a length, as 90d, nor an instant`)
  }

function secondsOf(said: string): number {
  const seconds = lengthOf(said)
  if (seconds !== null) return seconds
  throw new InvalidArgumentError(`'${said}' is no length; try 1h, or 0`)
}

function lengthOf(said: string): number | null {
  const length = parseLenientDuration(said)
  return typeof length === 'number' && length >= 0 ? length : null
}
