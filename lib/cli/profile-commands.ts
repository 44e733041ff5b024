// `tripline profile`: the file of profiles, for people with more than one server. Names and words as in `prefect profile`.
import type { Command } from 'commander'
import { type ConfirmFlags, confirm, YES_FLAG } from './confirm.ts'
import { CommandError } from './errors.ts'
import { repeated, withExample } from './help.ts'
import {
  type Column,
  type OutputFlags,
  outputOption,
  printList,
  printObject,
  say,
} from './output.ts'
import {
  type Profiles,
  profilesPath,
  readProfile,
  readProfiles,
  settingOf,
  writeProfiles,
} from './profile.ts'
import type { Session } from './session.ts'

export function addProfile(program: Command, session: Session): void {
  const group = program
    .command('profile')
    .alias('profiles')
    .description('where servers are and which key opens them, by name')
  withExample(
    group,
    'tripline profile create bakery --set PREFECT_API_URL=…',
    'tripline profile ls',
  )
  addReading(group, session)
  addChanging(group, session)
}

interface Row {
  name: string
  active: boolean
  api_url: string
}

function addReading(group: Command, session: Session): void {
  const { terminal } = session
  const columns: Column<Row>[] = [
    { title: 'Name', of: ({ name, active }) => `${active ? '* ' : '  '}${name}` },
    { title: 'API', of: ({ api_url }) => api_url },
  ]
  withExample(
    group
      .command('ls')
      .description('all profiles; the active one has a star')
      .addOption(outputOption())
      .action((flags: OutputFlags) => {
        const { active, profiles } = known(session)
        const rows = Object.entries(profiles).map(([name, settings]) => ({
          name,
          active: name === active,
          api_url: settings.TRIPLINE_API_URL ?? settings.PREFECT_API_URL ?? '',
        }))
        printList(terminal, flags, rows, columns)
      }),
    'tripline profile ls',
  )
  withExample(
    group
      .command('inspect')
      .argument('[name]', 'default: the one in use')
      .description('the variables of a profile; keys are shown by their ends')
      .option('--show-secrets', 'keys as they are')
      .addOption(outputOption())
      .action((name: string | undefined, flags: OutputFlags & { showSecrets?: true }) => {
        const asked = name ?? session.profile().name
        if (!asked) throw new CommandError('no profile is in use', { fix: CREATE_FIX })
        const settings = named(session, asked)
        const shown = Object.entries(settings).map(([variable, value]) => [
          variable,
          flags.showSecrets || !SECRET.test(variable) ? value : `…${value.slice(-4)}`,
        ])
        printObject(terminal, flags, Object.fromEntries(shown))
      }),
    'tripline profile inspect bakery',
  )
}

function addChanging(group: Command, session: Session): void {
  const { terminal } = session
  const change = (next: Profiles) => writeProfiles(profilesPath(terminal.env), next)
  withExample(
    group
      .command('create')
      .argument('<name>')
      .description('keep the variables of a server under a name; the first profile is active')
      .option(
        '--set <variable=value>',
        'may be said again (default: those of this shell)',
        repeated,
      )
      .option('--overwrite', 'replace the one that is there')
      .action((name: string, flags: { set?: string[]; overwrite?: true }) => {
        const file = known(session)
        if (file.profiles[name] && !flags.overwrite) {
          throw new CommandError(`profile '${name}' is there already`, {
            fix: 'Say --overwrite to replace it.',
          })
        }
        const settings = flags.set ? Object.fromEntries(flags.set.map(settingOf)) : ofShell(session)
        const profiles = { ...file.profiles, [name]: settings }
        change({ active: file.active ?? name, profiles })
        say(terminal, `Profile '${name}' is kept in ${profilesPath(terminal.env)}.`)
      }),
    'PREFECT_API_URL=https://hooks.example.com/api PREFECT_API_AUTH_STRING=tripline:KEY tripline profile create bakery',
    'tripline profile create bakery --set TRIPLINE_API_URL=https://hooks.example.com/api --set TRIPLINE_API_AUTH_STRING=tripline:KEY',
  )
  withExample(
    group
      .command('use')
      .argument('<name>')
      .description('make a profile the active one')
      .action((name: string) => {
        named(session, name)
        change({ ...known(session), active: name })
        say(terminal, `Profile '${name}' is active.`)
      }),
    'tripline profile use bakery',
  )
  withExample(
    group
      .command('delete')
      .argument('<name>')
      .description('forget a profile')
      .option(...YES_FLAG)
      .action(async (name: string, flags: ConfirmFlags) => {
        named(session, name)
        await confirm(terminal, flags, `Delete profile '${name}'?`)
        const { active, profiles } = known(session)
        const { [name]: _, ...others } = profiles
        change({ ...(active !== name && active !== undefined && { active }), profiles: others })
        say(terminal, `Profile '${name}' is deleted.`)
      }),
    'tripline profile delete bakery',
  )
}

const SECRET = /KEY|AUTH|HEADERS/
const CREATE_FIX = '`tripline profile create NAME` makes one of the variables of this shell.'

const known = ({ terminal }: Session): Profiles =>
  readProfiles(profilesPath(terminal.env)) ?? { profiles: {} }

/** @throws CommandError when there is none of the name */
const named = (session: Session, name: string): Record<string, string> => {
  readProfile(session.terminal.env, name)
  return known(session).profiles[name] ?? {}
}

/** The variables by which this shell finds and enters a server. */
function ofShell({ terminal }: Session): Record<string, string> {
  const found = Object.entries(terminal.env).filter(
    ([variable, value]) => /^(TRIPLINE|PREFECT)_(API_|CLIENT_)/.test(variable) && value,
  )
  if (found.length > 0) return Object.fromEntries(found) as Record<string, string>
  throw new CommandError('this shell names no server', {
    fix: 'Set PREFECT_API_URL and PREFECT_API_AUTH_STRING, or say --set VARIABLE=VALUE.',
  })
}
