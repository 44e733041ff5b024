// Questions as @clack/prompts asks them, on stderr: what a pipe reads of stdout stays data.
import { confirm, isCancel, text } from '@clack/prompts'
import type { Prompts } from './terminal.ts'

const output = process.stderr

export const clackPrompts: Prompts = {
  async confirm(message) {
    const answer = await confirm({ message, initialValue: false, output })
    return isCancel(answer) ? null : answer
  },
  async text(message, usual) {
    const answer = await text({ message, initialValue: usual, output })
    return isCancel(answer) ? null : answer
  },
}
