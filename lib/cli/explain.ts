// Why not, why, and what next, in sentences: `automation explain` for an event, `automation waiting` for what is counted now, `flow-run
// explain` for a run.
import type { Command } from 'commander'
import type { Explanation } from '../core/explain.ts'
import type { RunExplanation, RunStep } from '../core/explain-run.ts'
import type { AutomationExplanation } from '../core/explain-waits.ts'
import type { Client } from '../sdk/client.ts'
import { ApiError } from '../sdk/http.ts'
import { CommandError } from './errors.ts'
import { findAutomation, findRun } from './find.ts'
import { withExample } from './help.ts'
import {
  formatOf,
  type OutputFlags,
  outputOption,
  painter,
  printable,
  printList,
  printObject,
} from './output.ts'
import type { Session } from './session.ts'

export function addExplain(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    group
      .command('explain')
      .argument('<event>', "an event's id, as `tripline event ls` has it")
      .argument('[automation]', 'its name or id (default: all, those nearest to firing first)')
      .description('why an event did or did not make it fire')
      .addOption(outputOption())
      .action(async (event: string, said: string | undefined, flags: OutputFlags) => {
        const { client } = session.runtime()
        const automation = said === undefined ? undefined : await findAutomation(client, said)
        const found = await explainedEvent(client, event, automation?.id)
        if (formatOf(terminal, flags) !== 'table') return printList(terminal, flags, found, [])
        terminal.stdout.write(explanationText(found, session))
      }),
    'tripline automation explain 0199f3a0-… bake-when-proofed',
  )
}

async function explainedEvent(
  client: Client,
  event: string,
  automation?: string,
): Promise<Explanation[]> {
  try {
    return await client.events.explain(event, automation)
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error
    throw new CommandError(`there is no event '${event}'`, {
      fix: '`tripline event ls` lists those that are there.',
    })
  }
}

function explanationText(found: Explanation[], { terminal }: Session): string {
  if (found.length === 0) return 'There are no automations.\n'
  const { bold, dim } = painter(terminal, terminal.stdout)
  return found
    .map(({ automation_name: name, text, verdict, source, firings }) => {
      const lines = [
        `${bold(printable(name))}: ${verdict} ${dim(`(${source})`)}`,
        `  ${printable(text)}`,
      ]
      for (const { id, triggered } of firings)
        lines.push(`  firing ${id}, ${triggered.slice(0, 19)}`)
      return `${lines.join('\n')}\n`
    })
    .join('\n')
}

export function addWaiting(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    group
      .command('waiting')
      .argument('<automation>', 'its name or id')
      .description('what it waits for: each count that has begun, and until when')
      .addOption(outputOption())
      .action(async (said: string, flags: OutputFlags) => {
        const { client } = session.runtime()
        const found = await client.automations.waits((await findAutomation(client, said)).id)
        if (formatOf(terminal, flags) !== 'table') return printObject(terminal, flags, found)
        terminal.stdout.write(waitsText(found))
      }),
    'tripline automation waiting no-heartbeat',
  )
}

function waitsText({ text, waits, is_whole: isWhole }: AutomationExplanation): string {
  const lines = waits.length === 0 ? [text] : waits.map((wait) => wait.text)
  return `${[...lines, ...(isWhole ? [] : ['There are more.'])].map(printable).join('\n')}\n`
}

export function addRunExplain(group: Command, session: Session): void {
  const { terminal } = session
  withExample(
    group
      .command('explain')
      .argument('<flow-run>', 'its id or name')
      .description('why there is such a run, and what came of it')
      .addOption(outputOption())
      .action(async (said: string, flags: OutputFlags) => {
        const { client } = session.runtime()
        const found = await client.runs.explain((await findRun(client, said)).id)
        if (formatOf(terminal, flags) !== 'table') return printObject(terminal, flags, found)
        terminal.stdout.write(runText(found, session))
      }),
    'tripline flow-run explain brave-otter',
  )
}

function runText(found: RunExplanation, { terminal }: Session): string {
  const { bold } = painter(terminal, terminal.stdout)
  const part = (title: string, steps: RunStep[]): string[] =>
    steps.length === 0 ? [] : [bold(title), ...steps.map(({ text }) => `  ${printable(text)}`)]
  const lines = [
    ...part('Why', found.causes),
    ...part('Then', found.states),
    ...part('What came of it', found.effects),
    ...(found.is_whole ? [] : ['There is more than this.']),
  ]
  return `${lines.join('\n')}\n`
}
