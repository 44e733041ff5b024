// `tripline version`, and which package this command line is of: one that npm installed, or a checkout.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { withExample } from './help.ts'
import type { Session } from './session.ts'

/** The directory of our own package.json, from the sources as from the built file. */
export const packageRoot = (): string => {
  let directory = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(directory, 'package.json'))) directory = dirname(directory)
  return directory
}

/** The version that our package.json says. */
export const packageVersion = (): string =>
  JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')).version

/** Whether npm put us where we are; a checkout is not known to any registry. */
export const isInstalled = (): boolean => packageRoot().split(sep).includes('node_modules')

/** `--version` instead of a command. No flag of the program's: commander would read `deploy --version 2` as it. */
export const isVersionAsked = (argv: string[]): boolean =>
  argv[0] === '--version' || argv[0] === '-V'

export function addVersion(program: Command, { terminal }: Session): void {
  withExample(
    program
      .command('version')
      .description('say which version this is; `tripline --version` does the same')
      .action(() => {
        terminal.stdout.write(`${packageVersion()}\n`)
      }),
    'tripline version',
  )
}
