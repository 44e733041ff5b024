// `tripline advance`: lets time pass on a local server, so that delays, windows and silences can be tried in a second.
import type { Command } from 'commander'
import { parseLenientDuration } from '../core/duration.ts'
import { usage } from './errors.ts'
import { withExample } from './help.ts'
import { say } from './output.ts'
import type { Session } from './session.ts'

export function addAdvance(program: Command, session: Session): void {
  withExample(
    program
      .command('advance')
      .argument('<span>', 'how long, such as 2h')
      .description("move a local server's clock forward; what falls due happens in its order")
      .action(async (span: string) => {
        const { client } = session.runtime()
        const seconds = parseLenientDuration(span)
        if (typeof seconds !== 'number' || seconds <= 0) {
          throw usage(`'${span}' is no span of time`, 'Try: tripline advance 2h')
        }
        let answer = await client.advance(seconds)
        while (answer.left > 0) answer = await client.advance(answer.left)
        say(session.terminal, `It is ${answer.now.slice(0, 19).replace('T', ' ')} UTC now.`)
      }),
    'tripline advance 2h',
  )
}
