// `tripline listen`: live events, sent on to a program on this machine that is being written.
import type { Command } from 'commander'
import type { Event } from '../core/event.ts'
import { subscribeAt } from '../sdk/subscribe.ts'
import { type FilterFlags, filterOf, withFilterFlags } from './event.ts'
import { withExample } from './help.ts'
import { painter, printable, say } from './output.ts'
import type { Session } from './session.ts'
import { portOf } from './start.ts'

/** A program that stops at a breakpoint is waited for so long. */
const ANSWER_MS_MAX = 60_000

interface ListenFlags extends FilterFlags {
  path: string
  runOnce?: true
}

export function addListen(program: Command, session: Session): void {
  const { terminal } = session
  withExample(
    withFilterFlags(
      program
        .command('listen')
        .argument('<port>', 'of a server on this machine', portOf)
        .description('post each live event, as JSON, to a server on this machine'),
    )
      .option('--path <path>', 'where it takes them', '/')
      .option('--run-once', 'stop after the first')
      .action(async (port: number, flags: ListenFlags) => {
        const url = new URL(flags.path, `http://127.0.0.1:${port}`)
        const signal = terminal.stopping()
        const runtime = session.runtime()
        say(terminal, `Events of ${runtime.config.apiUrl} go to ${url}. Ctrl-C stops it.`)
        for await (const event of subscribeAt(runtime, filterOf(flags), { signal })) {
          const answer = await post(url, event)
          terminal.stdout.write(`${answerLine(answer, event, session)}\n`)
          if (flags.runOnce) break
        }
      }),
    'tripline listen 3000 --path /events --prefix order.',
  )
}

interface PostAnswer {
  /** Null: nobody answered. */
  status: number | null
  ms: number
}

async function post(url: URL, event: Event): Promise<PostAnswer> {
  const began = performance.now()
  const status = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tripline-event-id': event.id },
    body: JSON.stringify(event),
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
  }).then(
    async (answer) => {
      await answer.body?.cancel()
      return answer.status
    },
    () => null, // it is being written: not listening is what it does half of the time
  )
  return { status, ms: performance.now() - began }
}

function answerLine({ status, ms }: PostAnswer, event: Event, { terminal }: Session): string {
  const { green, red, dim } = painter(terminal, terminal.stdout)
  const verdict =
    status !== null && status < 400 ? green(String(status)) : red(`${status ?? '---'}`)
  return `${verdict} ${dim(`${Math.round(ms)} ms`.padStart(7))}  ${printable(event.event)}`
}
