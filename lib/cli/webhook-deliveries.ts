// `tripline webhook render | deliveries | replay`: trying a template before it is saved, looking at
// calls that made no event, and sending events again. Prefect has none of it.
import { type Command, Option } from 'commander'
import { DELIVERY_CAUSES } from '../core/webhook-failure.ts'
import type { RenderRequest, WebhookDelivery } from '../sdk/wire.ts'
import { CommandError, usage } from './errors.ts'
import { positive } from './event.ts'
import { findWebhook } from './find.ts'
import { repeated, withExample } from './help.ts'
import { jsonOrText, textOrFile } from './input.ts'
import {
  type OutputFlags,
  outputOption,
  printList,
  printObject,
  relativeTime,
  say,
} from './output.ts'
import type { Session } from './session.ts'

interface RenderFlags extends OutputFlags {
  template?: string
  data?: string
  header?: string[]
  method: string
  query?: string
}

export function addDeliveries(group: Command, session: Session): void {
  addRender(group, session)
  addLs(group, session)
  addReplay(group, session)
}

function addRender(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    group
      .command('render')
      .argument('[webhook]', 'its id or name: its settings hold, and its template unless -t')
      .description('try a template on a request: the events it makes, or what is wrong')
      .option('-t, --template <template>', 'a template, or @file')
      .option('-d, --data <body>', 'the body, or @file')
      .option('-H, --header <name: value>', 'may be said again', repeated)
      .option('-X, --method <method>', 'as in curl', 'POST')
      .option('--query <text>', 'as behind the question mark of a URL')
      .addOption(outputOption())
      .action(async (said: string | undefined, flags: RenderFlags) => {
        const { client } = session.runtime()
        const webhook = said === undefined ? null : await findWebhook(client, said)
        const template = flags.template ? textOrFile(terminal, flags.template) : webhook?.template
        if (template === undefined) throw usage('which template?', 'Name a webhook, or say -t.')
        const request = requestOf(flags, session)
        const trial = await client.webhooks.render({
          template,
          request,
          ...(webhook && { webhook_id: webhook.id }),
        })
        printObject(terminal, flags, trial)
        if (trial.errors.length > 0) {
          throw new CommandError('this request would make no event')
        }
      }),
    `tripline webhook render github -d @push.json -H 'x-github-event: push'`,
    `tripline webhook render -t @order.jinja -d '{"id": 42}'`,
  )
}

function requestOf(flags: RenderFlags, { terminal }: Session): RenderRequest {
  const headers = (flags.header ?? []).map((line): [string, string] => {
    const colon = line.indexOf(':')
    if (colon < 1) throw usage(`--header: '${line}' has no ':'`, "Try -H 'name: value'.")
    return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]
  })
  const body = flags.data === undefined ? undefined : textOrFile(terminal, flags.data)
  const isJson = body !== undefined && typeof jsonOrText(body) !== 'string'
  return {
    method: flags.method,
    headers: {
      ...(isJson && { 'content-type': 'application/json' }),
      ...Object.fromEntries(headers),
    },
    query: Object.fromEntries(new URLSearchParams(flags.query)),
    ...(body !== undefined && { body }), // as text, which keeps the digits of long integers
  }
}

interface DeliveryFlags extends OutputFlags {
  id?: string
  template?: string
  cause?: string[]
  release?: true
  limit: number
}

function addLs(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    group
      .command('deliveries')
      .argument('<webhook>', 'its id or name')
      .description('calls that made no event, newest first, and why')
      .option('--id <id>', 'one of them, in full')
      .addOption(new Option('--cause <causes...>', 'only of these causes').choices(DELIVERY_CAUSES))
      .option('-t, --template <template>', 'with --id: what this one, or @file, would make of it')
      .option('--release', 'make events of them, with the webhook as it is now')
      .option('-l, --limit <number>', 'how many', positive, 50)
      .addOption(outputOption())
      .action(async (said: string, flags: DeliveryFlags) => {
        const { webhooks } = session.runtime().client
        const webhook = await findWebhook(session.runtime().client, said)
        const filter = {
          deliveries: {
            ...(flags.cause && { cause: { any_: flags.cause } }),
            ...(flags.id && { id: { any_: [flags.id] } }),
          },
          limit: flags.limit,
        }
        if (flags.template !== undefined) {
          if (flags.id === undefined) throw usage('-t needs --id', 'It says which call is tried.')
          const template = textOrFile(terminal, flags.template)
          const trial = await webhooks.renderDelivery(webhook.id, flags.id, template)
          printObject(terminal, flags, trial)
        } else if (flags.release) {
          printObject(terminal, flags, await webhooks.releaseDeliveries(webhook.id, filter))
        } else if (flags.id) {
          printObject(terminal, flags, await webhooks.delivery(webhook.id, flags.id))
        } else {
          printDeliveries(session, flags, await webhooks.deliveries(webhook.id, filter))
        }
      }),
    'tripline webhook deliveries github',
    'tripline webhook deliveries github --id 01a1fdb4-c55e-7e3b-8c21-1f128a7fd660 -t @new.jinja',
    'tripline webhook deliveries github --cause TEMPLATE_FAILED --release',
  )
}

function printDeliveries(
  { terminal }: Session,
  flags: OutputFlags,
  deliveries: WebhookDelivery[],
): void {
  printList(terminal, flags, deliveries, [
    { title: 'ID', of: ({ id }) => id, isWhole: true },
    { title: 'When', of: ({ received }) => relativeTime(received, terminal.now()) },
    { title: 'Cause', of: ({ cause }) => cause },
    { title: 'Why', of: ({ message }) => message },
    { title: 'Released', of: ({ released }) => (released ? 'yes' : '') },
  ])
}

function addReplay(group: Command, session: Session): void {
  withExample(
    group
      .command('replay')
      .argument('<webhook>', 'its id or name')
      .argument('<event-id>', 'of an event that the webhook made')
      .description('send an event again; automations leave it alone unless --actions')
      .option('--actions', 'let automations act on it')
      .addOption(outputOption())
      .action(async (said, eventId, flags: OutputFlags & { actions?: true }) => {
        const { client } = session.runtime()
        const { id } = await findWebhook(client, said)
        const replay = await client.webhooks.replay(id, eventId, flags.actions ?? false)
        printObject(session.terminal, flags, replay)
        if (!replay.actions) say(session.terminal, 'Automations leave it alone.')
      }),
    'tripline webhook replay github 01a1fdb4-c55e-7e3b-8c21-1f128a7fd660 --actions',
  )
}
