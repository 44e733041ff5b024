// `tripline automation explain`: why an event did or did not make automations fire, in a sentence each.
import type { Command } from 'commander'
import type { Explanation } from '../core/explain.ts'
import { findAutomation } from './find.ts'
import { withExample } from './help.ts'
import {
  formatOf,
  type OutputFlags,
  outputOption,
  painter,
  printable,
  printList,
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
        const found = await client.events.explain(event, automation?.id)
        if (formatOf(terminal, flags) !== 'table') return printList(terminal, flags, found, [])
        terminal.stdout.write(explanationText(found, session))
      }),
    'tripline automation explain 0199f3a0-… bake-when-proofed',
  )
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
