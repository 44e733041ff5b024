// `tripline event`: emit one, list those stored, watch them come. Flags as in `prefect event`.
import { createWriteStream } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Event } from '../core/event.ts'
import { emitEvent, type NewEvent } from '../sdk/events.ts'
import { closeRuntime, withRuntime } from '../sdk/runtime.ts'
import { subscribeAt } from '../sdk/subscribe.ts'
import type { Filter } from '../sdk/wire.ts'
import { usage } from './errors.ts'
import { repeated, withExample } from './help.ts'
import { parseJson, parseJsonObject, textOrFile } from './input.ts'
import {
  type Column,
  type OutputFlags,
  outputOption,
  painter,
  printable,
  printList,
  printObject,
} from './output.ts'
import type { Session } from './session.ts'

const RESOURCE_ID = 'prefect.resource.id'
/** Events of one answer of the server. */
const PAGE_EVENTS = 50

export interface FilterFlags {
  prefix?: string[]
  resource?: string[]
}

/** The flags that choose among events, the same wherever events are listed or watched. */
export const withFilterFlags = (command: Command): Command =>
  command
    .option('--prefix <text>', 'only events whose names begin so; may be said again', repeated)
    .option('--resource <id>', 'only events of this resource, `order.*` of many', repeated)

/** Prefect's EventFilter for those flags. */
export function filterOf({ prefix, resource }: FilterFlags): Filter {
  const ids = (resource ?? []).filter((id) => !id.endsWith('*'))
  const prefixes = (resource ?? []).filter((id) => id.endsWith('*')).map((id) => id.slice(0, -1))
  return {
    ...(prefix && { event: { prefix } }),
    ...(resource && {
      resource: {
        ...(ids.length > 0 && { id: ids }),
        ...(prefixes.length > 0 && { id_prefix: prefixes }),
      },
    }),
  }
}

const COLUMNS: Column<Event>[] = [
  { title: 'Occurred', of: ({ occurred }) => occurred.slice(0, 23).replace('T', ' ') },
  { title: 'Event', of: ({ event }) => event },
  { title: 'Resource', of: ({ resource }) => resource[RESOURCE_ID] },
  { title: 'ID', of: ({ id }) => id, isWhole: true },
]

export function addEvent(program: Command, session: Session): void {
  const group = program
    .command('event')
    .alias('events')
    .description('what happened: emit it, list it, watch it')
  withExample(group, 'tripline event emit order.shipped --resource-id order.42')
  addEmit(group, session)
  addLs(group, session)
  addStream(group, session)
}

interface EmitFlags extends OutputFlags {
  resourceId?: string
  resource?: string
  related?: string[]
  payload?: string
}

function addEmit(group: Command, session: Session): void {
  withExample(
    group
      .command('emit')
      .argument('<event>', 'its name, such as order.shipped')
      .description('tell that something happened')
      .option('--resource-id <id>', 'what it happened to')
      .option('-r, --resource <id|json>', 'the same, with labels if it is a JSON object')
      .option('-R, --related <json>', 'a related resource, or a list of them', repeated)
      .option('-p, --payload <json>', 'facts: a JSON object, or @file')
      .addOption(outputOption())
      .action(async (name: string, flags: EmitFlags) => {
        const event = eventOf(name, flags, session)
        const runtime = session.runtime()
        await runtime.client.version() // events leave unanswered: be sure of the server
        const emitted = withRuntime(runtime, () => emitEvent(event))
        await closeRuntime(runtime)
        printObject(session.terminal, flags, emitted)
      }),
    'tripline event emit order.shipped --resource-id order.42',
    `tripline event emit order.shipped -r order.42 -p '{"carrier": "bike"}' -R '{"prefect.resource.id": "customer.7", "prefect.resource.role": "customer"}'`,
  )
}

function eventOf(name: string, flags: EmitFlags, { terminal }: Session): NewEvent {
  const labels = flags.resource?.startsWith('{')
    ? parseJsonObject(flags.resource, '--resource')
    : { ...(flags.resource && { [RESOURCE_ID]: flags.resource }) }
  const id = flags.resourceId ?? labels[RESOURCE_ID]
  if (labels[RESOURCE_ID] !== undefined && labels[RESOURCE_ID] !== id) {
    throw usage(
      `--resource-id says '${id}', --resource '${labels[RESOURCE_ID]}'`,
      `For labels: --resource '{"${RESOURCE_ID}": "${id}", "colour": "red"}'.`,
    )
  }
  if (typeof id !== 'string') {
    throw usage('an event happens to something', 'Say what: --resource-id order.42')
  }
  const related = (flags.related ?? []).flatMap((text) => parseJson(text, '--related'))
  return {
    event: name,
    resource: { ...labels, [RESOURCE_ID]: id } as NewEvent['resource'],
    ...(related.length > 0 && { related: related as NonNullable<NewEvent['related']> }),
    ...(flags.payload !== undefined && {
      payload: parseJsonObject(textOrFile(terminal, flags.payload), '--payload'),
    }),
  }
}

interface LsFlags extends OutputFlags, FilterFlags {
  limit: number
}

function addLs(group: Command, session: Session): void {
  withExample(
    withFilterFlags(group.command('ls').description('stored events, newest first'))
      .option('-l, --limit <number>', 'how many', positive, PAGE_EVENTS)
      .addOption(outputOption())
      .action(async (flags: LsFlags) => {
        const { events } = session.runtime().client
        const found: Event[] = []
        let page = await events.filter(filterOf(flags), Math.min(flags.limit, PAGE_EVENTS))
        found.push(...page.events)
        while (page.next && found.length < flags.limit) {
          page = await page.next()
          found.push(...page.events)
        }
        printList(session.terminal, flags, found.slice(0, flags.limit), COLUMNS)
      }),
    'tripline event ls --limit 10',
    'tripline event ls --prefix order. --resource order.42 -o json',
  )
}

interface StreamFlags extends FilterFlags {
  format?: 'json' | 'text'
  outputFile?: string
  runOnce?: true
}

function addStream(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    withFilterFlags(group.command('stream').alias('tail').description('events as they come'))
      .addOption(
        new Option('--format <format>', 'default: text on a terminal, else json').choices([
          'json',
          'text',
        ]),
      )
      .option('--output-file <path>', 'append them there, too')
      .option('--run-once', 'stop after the first')
      .action(async (flags: StreamFlags) => {
        const isText = (flags.format ?? (terminal.stdout.isTTY ? 'text' : 'json')) === 'text'
        const line = (event: Event) => (isText ? eventLine(event, session) : JSON.stringify(event))
        const path = flags.outputFile
        const file = path ? createWriteStream(resolve(terminal.cwd, path), { flags: 'a' }) : null
        const signal = terminal.stopping()
        for await (const event of subscribeAt(session.runtime(), filterOf(flags), { signal })) {
          terminal.stdout.write(`${line(event)}\n`)
          file?.write(`${line(event)}\n`)
          if (flags.runOnce) break
        }
        file?.end()
      }),
    'tripline event stream',
    "tripline event stream --prefix order. --format json | jq '.payload'",
  )
}

/** An event on one line, for people. */
export function eventLine(event: Event, { terminal }: Pick<Session, 'terminal'>): string {
  const { dim, cyan } = painter(terminal, terminal.stdout)
  const time = event.occurred.slice(11, 23)
  const { [RESOURCE_ID]: id, 'prefect.resource.name': name } = event.resource
  return `${dim(time)}  ${cyan(printable(event.event))}  ${printable(name ?? id ?? '')}`
}

/** @throws InvalidArgumentError when the text is no whole number from 1 */
export function positive(text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number > 0) return number
  throw new InvalidArgumentError('a number from 1')
}
