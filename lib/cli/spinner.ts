// Long work, for the person who waits: a spinner on a terminal, nothing in a pipe.
import { spinner } from '@clack/prompts'
import type { Terminal } from './terminal.ts'

/** Does something that takes a while. */
export async function withSpinner<T>(
  { stderr, env }: Pick<Terminal, 'stderr' | 'env'>,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  const isSeen = stderr.isTTY && stderr === (process.stderr as unknown) && !env.CI
  if (!isSeen) return work()
  const shown = spinner({ output: process.stderr })
  shown.start(what)
  try {
    const done = await work()
    shown.stop(what)
    return done
  } catch (error) {
    shown.error(what)
    throw error
  }
}
