// `tripline variable`: named values of the workspace, which templates and YAML files refer to.
// Names, flags and columns as in `prefect variable`.
import type { Command } from 'commander'
import type { Variable } from '../core/variable.ts'
import { type ConfirmFlags, confirm, YES_FLAG } from './confirm.ts'
import { CommandError } from './errors.ts'
import { repeated, withExample } from './help.ts'
import { jsonOrText } from './input.ts'
import { addListing } from './listing.ts'
import {
  type Column,
  type OutputFlags,
  outputOption,
  printObject,
  relativeTime,
  say,
} from './output.ts'
import type { Session } from './session.ts'

export function addVariable(program: Command, session: Session): void {
  const group = program
    .command('variable')
    .alias('variables')
    .description('named values of the workspace')
  withExample(group, 'tripline variable set oven_degrees 230', 'tripline variable ls')
  addReading(group, session)
  addSet(group, session)
  addUnset(group, session)
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value)

function addReading(group: Command, session: Session): void {
  const { terminal } = session
  const columns: Column<Variable>[] = [
    { title: 'Name', of: ({ name }) => name },
    { title: 'Value', of: ({ value }) => textOf(value) },
    { title: 'Created', of: ({ created }) => relativeTime(created, terminal.now()) },
    { title: 'Updated', of: ({ updated }) => relativeTime(updated, terminal.now()) },
  ]
  addListing(group, session, {
    description: 'all variables',
    columns: columns,
    read: (client) => client.variables.filter(),
    examples: ['tripline variable ls'],
  })
  withExample(
    group
      .command('get')
      .alias('inspect')
      .argument('<name>')
      .description('the value of a variable, as it is; with -o all that is known of it')
      .addOption(outputOption())
      .action(async (name: string, flags: OutputFlags) => {
        const variable = await session.runtime().client.variables.byName(name)
        if (!variable) return noVariable(name)
        if (flags.output) return printObject(terminal, flags, variable)
        terminal.stdout.write(`${textOf(variable.value)}\n`)
      }),
    'tripline variable get oven_degrees',
  )
}

function addSet(group: Command, session: Session): void {
  withExample(
    group
      .command('set')
      .argument('<name>')
      .argument('<value>', 'JSON, or else a text')
      .description('make a variable')
      .option('--overwrite', 'replace the one that is there')
      .option('--tag <tag>', 'may be said again', repeated)
      .action(async (name: string, said: string, flags: { overwrite?: true; tag?: string[] }) => {
        const { variables } = session.runtime().client
        const value = jsonOrText(said)
        const tags = flags.tag && { tags: flags.tag }
        const known = await variables.byName(name)
        if (known && !flags.overwrite) {
          throw new CommandError(`variable '${name}' is there already`, {
            fix: 'Say --overwrite to replace it.',
          })
        }
        if (known) await variables.update(name, { value, ...tags })
        else await variables.create({ name, value, ...tags })
        say(session.terminal, `Variable '${name}' is ${known ? 'replaced' : 'set'}.`)
      }),
    'tripline variable set oven_degrees 230',
    `tripline variable set bakers '["Ada", "Grace"]' --overwrite`,
  )
}

function addUnset(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    group
      .command('unset')
      .alias('delete')
      .argument('<name>')
      .description('take a variable away')
      .option(...YES_FLAG)
      .action(async (name: string, flags: ConfirmFlags) => {
        const { variables } = session.runtime().client
        if (!(await variables.byName(name))) noVariable(name)
        await confirm(terminal, flags, `Unset variable '${name}'?`)
        await variables.delete(name)
        say(terminal, `Variable '${name}' is unset.`)
      }),
    'tripline variable unset oven_degrees',
  )
}

function noVariable(name: string): never {
  throw new CommandError(`there is no variable '${name}'`, {
    fix: `\`tripline variable set ${name} VALUE\` makes it.`,
  })
}
