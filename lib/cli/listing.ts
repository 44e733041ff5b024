// `ls`, for nouns that are listed as a whole.
import type { Command } from 'commander'
import { withExample } from './help.ts'
import { type Column, type OutputFlags, outputOption, printList } from './output.ts'
import type { Session } from './session.ts'

/** What is listed, how it is read, and lines of the help to copy. */
export interface Listing<T> {
  description: string
  columns: Column<T>[]
  read(client: ReturnType<Session['runtime']>['client']): Promise<T[]>
  examples: string[]
}

export function addListing<T>(group: Command, session: Session, listing: Listing<T>): void {
  const { description, columns, read, examples } = listing
  const command = group
    .command('ls')
    .description(description)
    .addOption(outputOption())
    .action(async (flags: OutputFlags) => {
      printList(session.terminal, flags, await read(session.runtime().client), columns)
    })
  withExample(command, ...examples)
}
