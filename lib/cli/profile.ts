// Profiles: named sets of the SDK's variables, for people with more than one server. A variable of
// the environment wins over the profile's, as with Prefect's.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { parse, stringify, YAMLParseError } from 'yaml'
import { z } from 'zod'
import { CommandError, usage } from './errors.ts'

const VARIABLE = /^(TRIPLINE|PREFECT)_[A-Z_]+$/

const profilesSchema = z.strictObject({
  /** The profile of those who name none. */
  active: z.string().optional(),
  profiles: z.record(z.string(), z.record(z.string().regex(VARIABLE), z.coerce.string())),
})

export type Profiles = z.output<typeof profilesSchema>

type Environment = Record<string, string | undefined>

export interface Profile {
  /** Null: no profile is in use. */
  name: string | null
  /** The file it came from, or would have. */
  path: string
  /** The environment with what the profile adds. */
  env: Environment
}

/** TRIPLINE_PROFILES_PATH, or `profiles.yaml` in the user's configuration directory. */
export const profilesPath = (env: Environment): string =>
  env.TRIPLINE_PROFILES_PATH ||
  join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config'), 'tripline', 'profiles.yaml')

/**
 * The profile by that name, else TRIPLINE_PROFILE's, else the file's `active`. A variable has two
 * names, ours and Prefect's: whichever the environment has, the profile's does not replace it.
 * @throws CommandError when the file cannot be read, or has no profile of that name
 */
export function readProfile(env: Environment, named?: string): Profile {
  const path = profilesPath(env)
  const file = readProfiles(path)
  const name = named ?? env.TRIPLINE_PROFILE ?? file?.active
  if (!name) return { name: null, path, env }
  const settings = file?.profiles[name]
  if (!settings) {
    const known = Object.keys(file?.profiles ?? {}).join(', ') || 'none'
    throw new CommandError(`there is no profile '${name}' in ${path}`, {
      fix: `Profiles there: ${known}.`,
    })
  }
  const missing = Object.entries(settings).filter(([variable]) => !isSet(env, variable))
  return { name, path, env: { ...env, ...Object.fromEntries(missing) } }
}

function isSet(env: Environment, variable: string): boolean {
  const rest = variable.replace(VARIABLE_PREFIX, '')
  return Boolean(env[`TRIPLINE_${rest}`] || env[`PREFECT_${rest}`])
}

const VARIABLE_PREFIX = /^(TRIPLINE|PREFECT)_/

/** What the file holds; null when there is none. @throws CommandError when it cannot be read */
export function readProfiles(path: string): Profiles | null {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null // most people have none
    throw error
  }
  const fix = 'It should read: profiles: { local: { TRIPLINE_API_URL: http://127.0.0.1:4200/api } }'
  try {
    return profilesSchema.parse(parse(text))
  } catch (error) {
    if (error instanceof z.ZodError) {
      const [issue] = error.issues
      throw new CommandError(`${path}: ${issue?.path.join('.')}: ${issue?.message}`, { fix })
    }
    if (error instanceof YAMLParseError) {
      throw new CommandError(`${path}: ${error.message}`, { fix })
    }
    throw error
  }
}

/** Replaces the file as a whole; it holds keys, so nobody else may read it. */
export function writeProfiles(path: string, profiles: Profiles): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const next = `${path}.${process.pid}`
  writeFileSync(next, stringify(profiles), { mode: 0o600 })
  renameSync(next, path)
}

/**
 * `VARIABLE=value` in its two parts.
 * @throws CommandError when it is not that, or the variable is none of ours or Prefect's
 */
export function settingOf(said: string): [string, string] {
  const place = said.indexOf('=')
  const variable = said.slice(0, Math.max(0, place))
  if (VARIABLE.test(variable)) return [variable, said.slice(place + 1)]
  throw usage(
    `'${said}' sets no variable of tripline or Prefect`,
    'As in --set TRIPLINE_API_URL=http://127.0.0.1:4200/api',
  )
}
