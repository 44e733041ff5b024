// `tripline block`: addresses and credentials that actions and push pools use. Names as in `prefect block`; `create` takes the values
// itself, which Prefect leaves to Python. What is secret in them is sealed by the server and shown to nobody again.
import type { Command } from 'commander'
import type { Client } from '../sdk/client.ts'
import type { BlockAnswer } from '../sdk/wire.ts'
import { type ConfirmFlags, confirm, YES_FLAG } from './confirm.ts'
import { CommandError, usage } from './errors.ts'
import { repeated, withExample } from './help.ts'
import { isObject, parsePairs, readData, textOrFile } from './input.ts'
import { addListing } from './listing.ts'
import { type Column, type OutputFlags, outputOption, printObject, say } from './output.ts'
import type { Session } from './session.ts'

const slugged = ({ block_type, name }: BlockAnswer) => `${block_type.slug}/${name}`

const COLUMNS: Column<BlockAnswer>[] = [
  { title: 'ID', of: ({ id }) => id, isWhole: true },
  { title: 'Type', of: ({ block_type }) => block_type.name },
  { title: 'Name', of: ({ name }) => name },
  { title: 'Slug', of: slugged },
]

export function addBlock(program: Command, session: Session): void {
  const group = program
    .command('block')
    .alias('blocks')
    .description('addresses and credentials that actions and push pools use')
  withExample(
    group,
    'tripline block create webhook shop --set url=https://shop.example/hook',
    'tripline block ls',
  )
  addReading(group, session)
  addCreate(group, session)
  addDelete(group, session)
}

function addReading(group: Command, session: Session): void {
  addListing(group, session, {
    description: 'all blocks; secrets are stars',
    columns: COLUMNS,
    read: (client) => client.blocks.filter(),
    examples: ['tripline block ls'],
  })
  withExample(
    group
      .command('inspect')
      .argument('<type/name>')
      .description('one block; secrets are stars')
      .addOption(outputOption())
      .action(async (said: string, flags: OutputFlags) => {
        const block = await blockOf(session.runtime().client, said)
        const { id, data } = block
        const shown = flags.output ? block : { id, slug: slugged(block), ...data }
        printObject(session.terminal, flags, shown)
      }),
    'tripline block inspect webhook/shop',
  )
}

interface CreateFlags extends OutputFlags {
  set?: string[]
  file?: string
}

function addCreate(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    group
      .command('create')
      .argument('<type>', 'webhook, custom-webhook, slack-webhook, email-server-credentials, …')
      .argument('<name>')
      .description('make a block of these values')
      .option(
        '--set <key=value>',
        'a value, JSON or text, or @file for what should not be in the shell’s history; may be said again',
        repeated,
      )
      .option('-f, --file <path>', 'all values, as JSON or YAML')
      .addOption(outputOption())
      .action(async (slug: string, name: string, flags: CreateFlags) => {
        const { client } = session.runtime()
        const { id: block_type_id } = await typeOf(client, slug)
        const [schema] = await client.blocks.schemas(block_type_id)
        if (!schema) throw new CommandError(`blocks of type '${slug}' have no schema`)
        const data = valuesOf(session, flags)
        const block_schema_id = schema.id
        const made = await client.blocks.create({ name, data, block_type_id, block_schema_id })
        printObject(terminal, flags, flags.output ? made : { id: made.id, slug: `${slug}/${name}` })
      }),
    'tripline block create webhook shop --set url=https://shop.example/hook',
    'tripline block create slack-webhook bakers --set url=@slack-url.txt',
    'tripline block create email-server-credentials post -f post.yaml',
  )
}

function valuesOf({ terminal }: Session, { set = [], file }: CreateFlags): Record<string, unknown> {
  const whole = file === undefined ? {} : readData(terminal, file)
  if (!isObject(whole)) throw usage(`${file} holds no object`, 'It should read `key: value`.')
  const pairs = Object.entries(parsePairs(set, '--set')).map(([key, value]) => [
    key,
    typeof value === 'string' ? textOrFile(terminal, value).trimEnd() : value,
  ])
  return { ...whole, ...Object.fromEntries(pairs) }
}

function addDelete(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    group
      .command('delete')
      .argument('<type/name>')
      .description('delete it; actions that use it fail from then on')
      .option(...YES_FLAG)
      .action(async (said: string, flags: ConfirmFlags) => {
        const { client } = session.runtime()
        const block = await blockOf(client, said)
        await confirm(terminal, flags, `Delete block '${said}'?`)
        await client.blocks.delete(block.id)
        say(terminal, `Block '${said}' is deleted.`)
      }),
    'tripline block delete webhook/shop',
  )
}

async function typeOf(client: Client, slug: string): Promise<{ id: string }> {
  const types = await client.blocks.types()
  const found = types.find((type) => type.slug === slug)
  if (found) return found
  const known = types.map((type) => type.slug).join(', ')
  throw usage(`there is no type of blocks '${slug}'`, `There are: ${known}.`)
}

/** @throws CommandError when there is none */
async function blockOf(client: Client, said: string): Promise<BlockAnswer> {
  const [slug = '', name = ''] = said.split('/')
  if (name === '') throw usage(`'${said}' is no block's name`, 'It reads type/name: webhook/shop.')
  const found = await client.blocks.byName(slug, name)
  if (found) return found
  throw new CommandError(`there is no block '${said}'`, {
    fix: '`tripline block ls` lists those that are there.',
  })
}
