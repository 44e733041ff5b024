// `tripline webhook capture | test`: real calls of a webhook saved as files, and replayed against their templates without a server,
// for CI. Prefect has none of it.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { Webhook } from '../core/webhook-definition.ts'
import type { Client } from '../sdk/client.ts'
import type { WebhookDelivery } from '../sdk/wire.ts'
import { secondsOf } from './deployment.ts'
import { CommandError } from './errors.ts'
import { positive } from './event.ts'
import { findWebhook } from './find.ts'
import { withExample } from './help.ts'
import { textOrFile } from './input.ts'
import { type OutputFlags, outputOption, printList, say } from './output.ts'
import type { Session } from './session.ts'
import {
  findFixtures,
  fixtureRequest,
  type Replayed,
  replayFixture,
  writeFixture,
} from './webhook-fixture.ts'

/** Where fixtures are kept unless a command says otherwise. */
const DIRECTORY = 'webhooks'
/** Between two looks for a call that is waited for. */
const LOOK_MS = 500

export function addTesting(group: Command, session: Session): void {
  addCapture(group, session)
  addTest(group, session)
}

interface CaptureFlags {
  dir: string
  count: number
  timeout: string
  delivery?: string
  failed?: true
}

function addCapture(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    group
      .command('capture')
      .argument('<webhook>', 'its id or name')
      .description('wait for its next calls and save them as fixtures, without their secrets')
      .option('--dir <directory>', 'where fixtures are kept', DIRECTORY)
      .option('-n, --count <number>', 'how many calls to wait for', positive, 1)
      .option('--timeout <duration>', 'how long to wait', '10m')
      .option('--failed', 'do not wait: take the newest calls that made no event')
      .option('--delivery <id>', 'do not wait: take this kept call')
      .action(async (said: string, flags: CaptureFlags) => {
        const { client } = session.runtime()
        const webhook = await findWebhook(client, said)
        const seconds = secondsOf(flags.timeout, '--timeout')
        const deliveries = flags.delivery
          ? [await client.webhooks.delivery(webhook.id, flags.delivery)]
          : flags.failed
            ? await whole(client, webhook, await failed(client, webhook, flags.count))
            : await nextCalls(session, webhook, { count: flags.count, seconds })
        for (const delivery of deliveries) save(session, webhook, delivery, flags.dir)
        say(terminal, `Replay with: tripline webhook test ${flags.dir}`)
      }),
    'tripline webhook capture github',
    'tripline webhook capture github --failed -n 5 --dir test/webhooks',
  )
}

const whole = (client: Client, { id }: Webhook, listed: WebhookDelivery[]) =>
  Promise.all(listed.map((delivery) => client.webhooks.delivery(id, delivery.id)))

async function failed(client: Client, { id }: Webhook, limit: number): Promise<WebhookDelivery[]> {
  const found = await client.webhooks.deliveries(id, { deliveries: { released: false }, limit })
  if (found.length > 0) return found
  throw new CommandError('no call of this webhook has failed', {
    fix: 'Without --failed, its next call is waited for.',
  })
}

/** Has the webhook keep good calls until enough have come. Calls that fail are kept anyway, and count. */
async function nextCalls(
  session: Session,
  webhook: Webhook,
  { count, seconds }: { count: number; seconds: number },
): Promise<WebhookDelivery[]> {
  const { terminal } = session
  const { client } = session.runtime()
  const { webhooks } = client
  const newest = async (limit: number) => webhooks.deliveries(webhook.id, { limit })
  const seen = (await newest(1))[0]?.id
  const until = terminal.now() + seconds * 1000
  await webhooks.update(webhook.id, { capture_until: new Date(until).toISOString() })
  say(terminal, `Waiting for ${count === 1 ? 'a call' : `${count} calls`} of '${webhook.name}' …`)
  try {
    const stopping = terminal.stopping()
    while (!stopping.aborted && terminal.now() < until) {
      const page = await newest(200)
      const known = page.findIndex(({ id }) => id === seen)
      const fresh = known < 0 ? page : page.slice(0, known)
      if (fresh.length >= count) return await whole(client, webhook, fresh.toReversed())
      await sleep(LOOK_MS)
    }
  } finally {
    await webhooks.update(webhook.id, { capture_until: null })
  }
  throw new CommandError(`no call came within ${seconds} s`, {
    fix: 'Have its sender send one again, or wait longer: --timeout 1h.',
  })
}

/** The template goes into a file beside the fixtures, once: from then on that file is what is tested. */
function save(
  { terminal }: Session,
  webhook: Webhook,
  delivery: WebhookDelivery,
  dir: string,
): void {
  const request = fixtureRequest(delivery.request)
  if (!request) {
    say(terminal, `The body of ${delivery.id} was too large to be kept; it is left out.`)
    return
  }
  const base = webhook.name.replace(/[^\w.-]+/g, '-')
  const at = resolve(terminal.cwd, dir)
  mkdirSync(at, { recursive: true })
  const template = `${base}.jinja`
  if (!existsSync(join(at, template))) writeFileSync(join(at, template), webhook.template)
  const path = join(at, `${base}-${delivery.id}.json`)
  const { id, name } = webhook
  const { received, verified } = delivery
  writeFixture(path, { template, webhook: { id, name }, received, verified, request })
  const { verdict } = replayFixture(terminal, path, { isUpdating: true })
  if (verdict === 'updated') say(terminal, `Saved ${relative(terminal.cwd, path)}`)
}

interface TestFlags extends OutputFlags {
  template?: string
  update?: true
  json?: true
}

function addTest(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    group
      .command('test')
      .argument('[paths...]', 'fixtures, or directories of them', [DIRECTORY])
      .description('replay fixtures against their templates, without a server')
      .option('-t, --template <template>', 'a template, or @file, in place of their own')
      .option('-u, --update', 'expect what they make now')
      .option('--json', 'the same as -o json')
      .addOption(outputOption())
      .action((paths: string[], flags: TestFlags) => {
        const template = flags.template && textOrFile(terminal, flags.template)
        const files = findFixtures(terminal, paths)
        if (files.length === 0) {
          const fix = 'Make some: tripline webhook capture <webhook>'
          throw new CommandError(`there are no fixtures in ${paths.join(', ')}`, { fix })
        }
        const isUpdating = flags.update ?? false
        const replayed = files.map((path) =>
          replayFixture(terminal, path, { template, isUpdating }),
        )
        printReplayed(session, flags.json ? { output: 'json' } : flags, replayed)
        const wrong = replayed.filter(({ verdict }) => verdict === 'failed' || verdict === 'new')
        if (wrong.length === 0) return
        throw new CommandError(
          `${wrong.length} of ${replayed.length} fixtures are not as expected`,
          {
            fix: 'Where the template is right, run it again with -u and read the difference.',
          },
        )
      }),
    'tripline webhook test',
    'tripline webhook test webhooks/github-*.json -t @github.jinja',
  )
}

const printReplayed = ({ terminal }: Session, flags: OutputFlags, replayed: Replayed[]): void =>
  printList(terminal, flags, replayed, [
    { title: 'fixture', of: ({ fixture }) => fixture, isWhole: true },
    { title: 'verdict', of: ({ verdict }) => verdict },
    { title: 'changes', of: ({ changes }) => changes.map(changeText).join('; ') },
  ])

const changeText = ({ path, before, after }: Replayed['changes'][number]): string =>
  `${path}: ${JSON.stringify(before) ?? 'nothing'} became ${JSON.stringify(after) ?? 'nothing'}`
