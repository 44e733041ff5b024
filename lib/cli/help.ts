// What all commands have in common when they are asked for help: it ends with an example.
import type { Command } from 'commander'

/** Ends the command's help with lines to copy. */
export function withExample(command: Command, ...lines: string[]): Command {
  const title = lines.length === 1 ? 'Example' : 'Examples'
  const examples = lines.map((line) => `  $ ${line}`).join('\n')
  return command.addHelpText('after', `\n${title}:\n${examples}`)
}

/** Collects a flag that may be said many times. */
export const repeated = (value: string, before: string[] = []): string[] => [...before, value]
