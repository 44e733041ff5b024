// Asking before something is lost. Where nobody can be asked, `--yes` must have been said: a script
// that deletes should say so itself.
import { CommandError, usage } from './errors.ts'
import type { Terminal } from './terminal.ts'

export interface ConfirmFlags {
  yes?: true
}

/** The flag of every command that asks. */
export const YES_FLAG = ['-y, --yes', 'do not ask'] as const

/**
 * Resolves when the person agrees, or has said `--yes`.
 * @throws CommandError when they do not, or when there is no terminal to ask on
 */
export async function confirm(
  { prompts }: Pick<Terminal, 'prompts'>,
  { yes }: ConfirmFlags,
  question: string,
): Promise<void> {
  if (yes) return
  if (!prompts) throw usage(`${question} Nobody is here to answer.`, 'Say --yes to go ahead.')
  if (!(await prompts.confirm(question))) throw new CommandError('nothing was changed')
}
