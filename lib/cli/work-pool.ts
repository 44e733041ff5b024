// `tripline work-pool`: where runs wait for those who execute them. Names, flags and columns as in
// `prefect work-pool`.
import type { Command } from 'commander'
import type { WorkPool } from '../core/deployment.ts'
import { type ConfirmFlags, confirm, YES_FLAG } from './confirm.ts'
import { CommandError, usage } from './errors.ts'
import { positive } from './event.ts'
import { withExample } from './help.ts'
import { isObject, readData } from './input.ts'
import { addListing } from './listing.ts'
import { type Column, type OutputFlags, outputOption, printObject, say } from './output.ts'
import type { Session } from './session.ts'

const COLUMNS: Column<WorkPool>[] = [
  { title: 'Work Pool', of: ({ name }) => name },
  { title: 'Type', of: ({ type }) => type },
  { title: 'ID', of: ({ id }) => id, isWhole: true },
  { title: 'Concurrency Limit', of: ({ concurrency_limit }) => concurrency_limit },
  { title: 'Status', of: ({ status }) => status },
]

export function addWorkPool(program: Command, session: Session): void {
  const group = program
    .command('work-pool')
    .alias('work-pools')
    .description('where runs wait for those who execute them')
  withExample(group, 'tripline work-pool create ovens --type process', 'tripline work-pool ls')
  addReading(group, session)
  addCreate(group, session)
  addPause(group, session, 'pause')
  addPause(group, session, 'resume')
  addDelete(group, session)
}

function addReading(group: Command, session: Session): void {
  const { terminal } = session
  addListing(group, session, {
    description: 'all work pools',
    columns: COLUMNS,
    read: (client) => client.workPools.filter(),
    examples: ['tripline work-pool ls'],
  })
  withExample(
    group
      .command('inspect')
      .argument('<name>')
      .description('one work pool')
      .addOption(outputOption())
      .action(async (name: string, flags: OutputFlags) => {
        const pool = await session.runtime().client.workPools.byName(name)
        printObject(terminal, flags, pool ?? noPool(name))
      }),
    'tripline work-pool inspect ovens',
  )
}

interface CreateFlags extends OutputFlags {
  type: string
  baseJobTemplate?: string
  concurrencyLimit?: number
  paused?: true
}

function addCreate(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    group
      .command('create')
      .argument('<name>')
      .description('make a work pool')
      .option('-t, --type <type>', 'who executes its runs', 'process')
      .option('--base-job-template <path>', 'what each run is started with, JSON or YAML')
      .option('--concurrency-limit <number>', 'runs at one time', positive)
      .option('--paused', 'hand out no runs before it is resumed')
      .addOption(outputOption())
      .action(async (name: string, flags: CreateFlags) => {
        const path = flags.baseJobTemplate
        const template = path === undefined ? {} : readData(terminal, path)
        if (!isObject(template)) throw usage(`${path} holds no object`)
        const pool = await session.runtime().client.workPools.create({
          name,
          type: flags.type,
          is_paused: flags.paused ?? false,
          base_job_template: template,
          concurrency_limit: flags.concurrencyLimit ?? null,
        })
        const { id, type } = pool
        printObject(terminal, flags, flags.output ? pool : { id, name, type })
      }),
    'tripline work-pool create ovens --type process --concurrency-limit 4',
  )
}

function addPause(group: Command, session: Session, verb: 'pause' | 'resume'): void {
  const isPaused = verb === 'pause'
  withExample(
    group
      .command(verb)
      .argument('<name>')
      .description(isPaused ? 'hand out no runs' : 'hand out runs again')
      .action(async (name: string) => {
        const { workPools } = session.runtime().client
        if (!(await workPools.byName(name))) noPool(name)
        await workPools.update(name, { is_paused: isPaused })
        say(session.terminal, `Work pool '${name}' is ${verb}d.`)
      }),
    `tripline work-pool ${verb} ovens`,
  )
}

function addDelete(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    group
      .command('delete')
      .argument('<name>')
      .description('delete it, with its queues')
      .option(...YES_FLAG)
      .action(async (name: string, flags: ConfirmFlags) => {
        const { workPools } = session.runtime().client
        if (!(await workPools.byName(name))) noPool(name)
        await confirm(terminal, flags, `Delete work pool '${name}'?`)
        await workPools.delete(name)
        say(terminal, `Work pool '${name}' is deleted.`)
      }),
    'tripline work-pool delete ovens',
  )
}

function noPool(name: string): never {
  throw new CommandError(`there is no work pool '${name}'`, {
    fix: '`tripline work-pool ls` lists those that are there.',
  })
}
