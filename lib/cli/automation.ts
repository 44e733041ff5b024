// `tripline automation`: triggers and what is done when they fire. Names and flags as in
// `prefect automation`.
import type { Command } from 'commander'
import { stringify } from 'yaml'
import type { Automation } from '../core/automation.ts'
import type { Trigger } from '../core/trigger.ts'
import type { AutomationBody } from '../sdk/triggers.ts'
import { automationsOf, unreadKey } from './automation-file.ts'
import { addBacktest } from './backtest.ts'
import { type ConfirmFlags, confirm, YES_FLAG } from './confirm.ts'
import { readDocument, type SourceDocument } from './document.ts'
import { usage } from './errors.ts'
import { addExplain, addWaiting } from './explain.ts'
import { findAutomation } from './find.ts'
import { withExample } from './help.ts'
import { isObject, parseJson, readText } from './input.ts'
import { addListing } from './listing.ts'
import { type Column, type OutputFlags, outputOption, printObject, say } from './output.ts'
import { normalized } from './plan-automation.ts'
import { findingOnServer, withIds } from './references.ts'
import type { Session } from './session.ts'
import { warn } from './warnings.ts'

const COLUMNS: Column<Automation>[] = [
  { title: 'Automation', of: ({ name }) => name },
  { title: 'Enabled', of: ({ enabled }) => enabled },
  { title: 'Trigger', of: ({ trigger }) => triggerWords(trigger) },
  { title: 'Actions', of: ({ actions }) => actions.map(({ type }) => type).join(', ') },
  { title: 'ID', of: ({ id }) => id, isWhole: true },
]

/** A trigger in a few words, for a table. */
function triggerWords(trigger: Trigger): string {
  if (trigger.type === 'event') {
    return `${trigger.posture} to ${trigger.expect.join(', ') || 'any event'}`
  }
  if (!('triggers' in trigger)) return (trigger as { type: string }).type
  const children = trigger.triggers.map(triggerWords).join('; ')
  return trigger.type === 'sequence'
    ? `in order: ${children}`
    : `${trigger.require} of: ${children}`
}

interface ChoiceFlags {
  id?: string
}

export function addAutomation(program: Command, session: Session): void {
  const group = program
    .command('automation')
    .alias('automations')
    .description('when this happens, do that')
  withExample(group, 'tripline automation create -f automation.yaml', 'tripline automation ls')
  addReading(group, session)
  addWriting(group, session)
  addSwitch(group, session, 'pause', 'disable', false)
  addSwitch(group, session, 'resume', 'enable', true)
  addDelete(group, session)
  addExplain(group, session)
  addWaiting(group, session)
  addBacktest(group, session)
}

function addReading(group: Command, session: Session): void {
  const { terminal } = session
  addListing(group, session, {
    description: 'all automations',
    columns: COLUMNS,
    read: (client) => client.automations.filter(),
    examples: ['tripline automation ls'],
  })
  withExample(
    group
      .command('inspect')
      .argument('[automation]', 'its name or id')
      .description('one automation, with all that it waits for and does')
      .option('--id <id>', 'its id')
      .option('--yaml', 'the same as -o yaml')
      .option('--json', 'the same as -o json')
      .addOption(outputOption())
      .action(async (said, flags: OutputFlags & ChoiceFlags & { yaml?: true; json?: true }) => {
        const automation = await chosen(session, said, flags)
        const output = flags.yaml ? 'yaml' : flags.json ? 'json' : flags.output
        printObject(terminal, output ? { output } : {}, automation)
      }),
    'tripline automation inspect bake-when-proofed --yaml',
  )
}

interface SourceFlags extends OutputFlags {
  fromFile?: string
  fromJson?: string
}

const withSourceFlags = (command: Command): Command =>
  command
    .option('-f, --from-file <path>', 'a YAML or JSON file')
    .option('-j, --from-json <json>', 'the automation itself')

function addWriting(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    withSourceFlags(
      group
        .command('create')
        .description('make one automation, or all that a file has under `automations:`'),
    )
      .addOption(outputOption())
      .action(async (flags: SourceFlags) => {
        const { client } = session.runtime()
        for (const body of await automationsFrom(flags, session)) {
          await warn(session, body)
          const { id, name, ...rest } = await client.automations.create(body)
          printObject(terminal, flags, flags.output ? { id, name, ...rest } : { id, name })
        }
      }),
    'tripline automation create -f automation.yaml',
    `tripline automation create -j '${JSON.stringify(EXAMPLE)}'`,
  )
  withExample(
    withSourceFlags(group.command('update').description('replace an automation; its id stays'))
      .requiredOption('--id <id>', 'its id or name')
      .action(async (flags: SourceFlags & { id: string }) => {
        const [body, another] = await automationsFrom(flags, session)
        if (!body || another) throw usage('an update is made of one automation')
        const { client } = session.runtime()
        const { id } = await findAutomation(client, flags.id)
        await warn(session, body)
        const { owner_resource, ...update } = body
        await client.automations.update(id, update)
        say(terminal, `Automation '${update.name}' is updated.`)
      }),
    'tripline automation update --id bake-when-proofed -f automation.yaml',
  )
}

const EXAMPLE = {
  name: 'quiet oven',
  trigger: { type: 'event', posture: 'Proactive', expect: ['oven.beat'], within: 60 },
  actions: [{ type: 'do-nothing' }],
}

/**
 * One automation, a list of them, or an object with `automations`: what Prefect's files hold. All are looked at before any is saved.
 * @throws CommandError with file and line for what the server would refuse
 */
async function automationsFrom(flags: SourceFlags, session: Session): Promise<AutomationBody[]> {
  const source = sourceOf(flags, session)
  const found = automationsOf(source)
  if (found.length === 0) {
    const example = stringify(EXAMPLE).trimEnd().replaceAll('\n', '\n  ')
    throw usage(`${source.path} holds no automation`, `One reads so:\n  ${example}`)
  }
  const { client } = session.runtime()
  const bodies: AutomationBody[] = []
  for (const { path, automation } of found) {
    const { id, created, updated, ...said } = automation // as `inspect` has printed them
    const body = said as unknown as AutomationBody
    if (!isObject(said.trigger)) normalized(source, path, body)
    const unread = unreadKey(said.trigger)
    if (unread) throw source.fault([...path, 'trigger', ...unread], 'is no key that is known here')
    const next = await withIds(body, findingOnServer(client, source, path))
    normalized(source, path, next)
    bodies.push(next)
  }
  return bodies
}

function sourceOf({ fromFile, fromJson }: SourceFlags, { terminal }: Session): SourceDocument {
  if ((fromFile === undefined) === (fromJson === undefined)) {
    throw usage('say where the automation is', 'Either --from-file PATH or --from-json JSON.')
  }
  if (fromFile !== undefined) return readDocument(fromFile, readText(terminal, fromFile))
  parseJson(fromJson ?? '', '--from-json')
  return readDocument('--from-json', fromJson ?? '')
}

function addSwitch(
  group: Command,
  session: Session,
  verb: 'pause' | 'resume',
  alias: string,
  enabled: boolean,
): void {
  withExample(
    group
      .command(verb)
      .alias(alias)
      .argument('[automation]', 'its name or id')
      .description(enabled ? 'let it fire again' : 'keep it from firing')
      .option('--id <id>', 'its id')
      .action(async (said: string | undefined, flags: ChoiceFlags) => {
        const { id, name } = await chosen(session, said, flags)
        await session.runtime().client.automations.setEnabled(id, enabled)
        say(session.terminal, `Automation '${name}' is ${verb}d.`)
      }),
    `tripline automation ${verb} bake-when-proofed`,
  )
}

function addDelete(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    group
      .command('delete')
      .argument('[automation]', 'its name or id')
      .description('delete it, with what it has counted')
      .option('--id <id>', 'its id')
      .option('--all', 'every automation of the workspace')
      .option(...YES_FLAG)
      .action(async (said, flags: ChoiceFlags & ConfirmFlags & { all?: true }) => {
        const { automations } = session.runtime().client
        const doomed = flags.all ? await automations.filter() : [await chosen(session, said, flags)]
        const what = flags.all
          ? `all ${doomed.length} automations`
          : `automation '${doomed[0]?.name}'`
        await confirm(terminal, flags, `Delete ${what}?`)
        for (const { id } of doomed) await automations.delete(id)
        say(terminal, `Deleted ${what}.`)
      }),
    'tripline automation delete bake-when-proofed',
  )
}

function chosen(
  session: Session,
  said: string | undefined,
  { id }: ChoiceFlags,
): Promise<Automation> {
  const name = id ?? said
  if (name === undefined) throw usage('which automation?', 'Give its name, or --id ID.')
  return findAutomation(session.runtime().client, name)
}
