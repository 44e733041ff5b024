// `tripline webhook`: addresses that make events of whatever calls them. Names, flags and columns
// as in `prefect cloud webhook`; where that takes an id, a name will do.
import type { Command } from 'commander'
import { presetSettings } from '../core/webhook-catalogue.ts'
import type { Webhook } from '../core/webhook-definition.ts'
import { type ConfirmFlags, confirm, YES_FLAG } from './confirm.ts'
import { usage } from './errors.ts'
import { findWebhook } from './find.ts'
import { withExample } from './help.ts'
import { textOrFile } from './input.ts'
import { addListing } from './listing.ts'
import { type Column, type OutputFlags, outputOption, printObject, say } from './output.ts'
import type { Session } from './session.ts'
import { addDeliveries } from './webhook-deliveries.ts'
import { addPresets, presetNamed, secretSaid } from './webhook-presets.ts'
import { addTesting } from './webhook-test.ts'

const TEMPLATE_FLAG = [
  '-t, --template <template>',
  'a Jinja template of the event as JSON, or @file (default: an event `webhook.called`)',
] as const

const COLUMNS: Column<Webhook>[] = [
  { title: 'webhook id', of: ({ id }) => id, isWhole: true },
  { title: 'url slug', of: ({ slug }) => slug, isWhole: true },
  { title: 'name', of: ({ name }) => name },
  { title: 'enabled?', of: ({ enabled }) => enabled },
  { title: 'template', of: ({ template }) => template },
]

interface SettingFlags extends OutputFlags {
  name?: string
  description?: string
  template?: string
}

/** The URL that a webhook is called at. */
export const hookUrl = (apiUrl: string, { slug }: Pick<Webhook, 'slug'>): string =>
  `${apiUrl.replace(/\/api(\/.*)?$/, '')}/hooks/${slug}`

export function addWebhook(program: Command, session: Session): void {
  const group = program
    .command('webhook')
    .alias('webhooks')
    .description('addresses that make events of whatever calls them')
  withExample(group, 'tripline webhook create github', 'tripline webhook ls')
  addReading(group, session)
  addWriting(group, session)
  addSwitches(group, session)
  addDeliveries(group, session)
  addPresets(group, session)
  addTesting(group, session)
}

function addReading(group: Command, session: Session): void {
  const { terminal } = session
  addListing(group, session, {
    description: 'all webhooks',
    columns: COLUMNS,
    read: (client) => client.webhooks.filter(),
    examples: ['tripline webhook ls', "tripline webhook ls -o json | jq '.[].slug'"],
  })
  withExample(
    group
      .command('get')
      .alias('inspect')
      .argument('<webhook>', 'its id or name')
      .description('one webhook, with its URL')
      .addOption(outputOption())
      .action(async (said: string, flags: OutputFlags) => {
        const { client, config } = session.runtime()
        const webhook = await findWebhook(client, said)
        printObject(terminal, flags, { url: hookUrl(config.apiUrl, webhook), ...webhook })
      }),
    'tripline webhook get github',
  )
}

function addWriting(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    group
      .command('create')
      .argument('<name>')
      .description('make a webhook and print its URL, which is its secret')
      .option(...TEMPLATE_FLAG)
      .option('-d, --description <text>')
      .option('--preset <sender>', 'signature, template and names for a sender: see `presets`')
      .option('--secret <secret>', 'with --preset: the sender’s, or @file (default: one is made)')
      .addOption(outputOption())
      .action(async (name: string, flags: CreateFlags) => {
        const { client, config } = session.runtime()
        const asked = { ...presetOf(flags, session), ...settingsOf(flags, session) }
        const { id } = await client.webhooks.create({ name, ...asked })
        const secret = await madeSecret(flags, id, session)
        const webhook = await client.webhooks.get(id)
        const url = hookUrl(config.apiUrl, webhook)
        printObject(terminal, flags, { url, ...secret, ...webhook })
        if (flags.preset !== undefined) sayNext(flags.preset, flags.secret, name, session)
        else if (terminal.stdout.isTTY) say(terminal, `\nCall it: curl -X POST ${url}`)
      }),
    'tripline webhook create github --preset github',
    'tripline webhook create payments --preset stripe --secret @signing-secret.txt',
    `tripline webhook create orders -t '{"event": "order.{{ body.status }}", "resource": {"prefect.resource.id": "order.{{ body.id }}"}}'`,
    'tripline webhook create orders -t @templates/orders.json.jinja',
  )
  withExample(
    group
      .command('update')
      .argument('<webhook>', 'its id or name')
      .description('change what is named; the URL stays')
      .option('-n, --name <name>')
      .option(...TEMPLATE_FLAG)
      .option('-d, --description <text>', 'empty takes it away')
      .action(async (said: string, flags: SettingFlags) => {
        const change = settingsOf(flags, session)
        if (Object.keys(change).length === 0) {
          throw usage('nothing to change', 'Say --name, --description or --template.')
        }
        const { client } = session.runtime()
        const { id, name } = await findWebhook(client, said)
        await client.webhooks.update(id, change)
        say(terminal, `Webhook '${change.name ?? name}' is updated.`)
      }),
    "tripline webhook update github -d 'pushes to sourdough'",
  )
}

interface CreateFlags extends SettingFlags {
  preset?: string
  secret?: string
}

function presetOf({ preset, secret }: CreateFlags, session: Session) {
  if (preset === undefined) {
    if (secret === undefined) return {}
    throw usage('--secret needs --preset', 'It says how the secret is used.')
  }
  const named = presetNamed(preset)
  if (secret === undefined) return presetSettings(named)
  if (named.signature) return presetSettings(named, secretSaid(session, secret))
  throw usage(`the preset '${preset}' has no secret: its URL is one`)
}

/** A secret that we may choose is made at once and shown; one that the sender chooses has to come from there. */
async function madeSecret({ preset, secret }: CreateFlags, id: string, session: Session) {
  if (preset === undefined || secret !== undefined) return {}
  const { signature, secretFrom } = presetNamed(preset)
  if (!signature || secretFrom === 'sender') return {}
  const made = await session.runtime().client.webhooks.addSecret(id)
  return { secret: made.secret }
}

function sayNext(
  preset: string,
  secret: string | undefined,
  name: string,
  { terminal }: Session,
): void {
  const { setup, signature, secretFrom } = presetNamed(preset)
  say(terminal, `On the other side: ${setup}`)
  if (secret !== undefined || !signature || secretFrom === 'either') return
  say(terminal, `It takes no call until it has the sender's secret:`)
  say(terminal, `  tripline webhook secret ${name} --secret @file`)
}

function settingsOf({ name, description, template }: SettingFlags, { terminal }: Session) {
  return {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(template !== undefined && { template: textOrFile(terminal, template) }),
  }
}

function addSwitches(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    group
      .command('rotate')
      .argument('<webhook>', 'its id or name')
      .description('give it another URL; the old one is dead at once')
      .option(...YES_FLAG)
      .addOption(outputOption())
      .action(async (said: string, flags: ConfirmFlags & OutputFlags) => {
        const { client, config } = session.runtime()
        const { id, name } = await findWebhook(client, said)
        await confirm(terminal, flags, `Invalidate the old URL of webhook '${name}'?`)
        const webhook = await client.webhooks.rotate(id)
        printObject(terminal, flags, { url: hookUrl(config.apiUrl, webhook), ...webhook })
      }),
    'tripline webhook rotate github --yes',
  )
  withExample(
    group
      .command('toggle')
      .argument('<webhook>', 'its id or name')
      .description('disable it, or enable it again')
      .action(async (said: string) => {
        const { client } = session.runtime()
        const { id, enabled } = await findWebhook(client, said)
        await client.webhooks.setEnabled(id, !enabled)
        say(terminal, `Webhook is now ${enabled ? 'disabled' : 'enabled'}`)
      }),
    'tripline webhook toggle github',
  )
  withExample(
    group
      .command('delete')
      .argument('<webhook>', 'its id or name')
      .description('delete it; its URL answers 404 from then on')
      .option(...YES_FLAG)
      .action(async (said: string, flags: ConfirmFlags) => {
        const { client } = session.runtime()
        const { id, name } = await findWebhook(client, said)
        await confirm(terminal, flags, `Delete webhook '${name}'?`)
        await client.webhooks.delete(id)
        say(terminal, `Webhook '${name}' is deleted.`)
      }),
    'tripline webhook delete github',
  )
}
