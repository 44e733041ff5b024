// One invocation of the command line: its terminal, and the API that its profile and environment
// name, connected to at first use.
import { readConfig } from '../sdk/config.ts'
import { createRuntime, type Runtime } from '../sdk/runtime.ts'
import { CommandError } from './errors.ts'
import { type Profile, readProfile } from './profile.ts'
import type { Terminal } from './terminal.ts'

export interface Session {
  terminal: Terminal
  /** @throws CommandError when there is no such profile */
  profile(): Profile
  /** @throws CommandError when a variable is wrong */
  runtime(): Runtime
}

/** `profileName` is asked when something first needs the API: flags are known by then. */
export function createSession(terminal: Terminal, profileName: () => string | undefined): Session {
  let profile: Profile | undefined
  let runtime: Runtime | undefined
  const session: Session = {
    terminal,
    profile() {
      profile ??= readProfile(terminal.env, profileName())
      return profile
    },
    runtime() {
      runtime ??= createRuntime(configOf(session.profile()), {
        write: (line) => terminal.stderr.write(`${line}\n`),
      })
      return runtime
    },
  }
  return session
}

function configOf({ env, name }: Profile) {
  try {
    return readConfig(env)
  } catch (error) {
    const where = name === null ? '' : ` (profile '${name}')`
    throw new CommandError(`${(error as Error).message}${where}`)
  }
}
