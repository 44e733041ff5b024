// The stack as a child process: bundled once, which halves its start, and told what to do by messages.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Micros } from '../../lib/core/time.ts'
import { movableClock } from '../../lib/local/clock.ts'
import { type Bakery, bakery, type Premises } from './bakery-day.ts'
import type { CrashingStackOptions, Order } from './crashing-stack.ts'

/** A stack that a day can be spent at. */
export interface Stack {
  bakery: Bakery
  /** Moves the clock, or just waits until nothing is on its way. Rejects when the stack has ended. */
  settle(advance?: Micros): Promise<void>
  stop(): Promise<void>
}

const emulatorBinary = createRequire(import.meta.url).resolve(
  `@dynoxide/${process.platform}-${process.arch}/dynoxide`,
)

/** Writes crashing-stack.ts with all that it imports into a directory. */
export async function bundleChild(directory: string): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, 'crashing-stack.ts')],
    outfile: join(directory, 'crashing-stack.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    logLevel: 'error',
    banner: {
      js: "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);",
    },
  })
}

/** In a process of its own, to be killed. */
export async function startChild(
  directory: string,
  premises: Pick<Premises, 'slug'>,
  given: CrashingStackOptions,
): Promise<Stack & { ended: Promise<string> }> {
  const options: CrashingStackOptions = { binary: emulatorBinary, ...given }
  const child = fork(join(directory, 'crashing-stack.mjs'), [JSON.stringify(options)], {
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    execArgv: [],
  })
  const ended = once(child, 'exit').then(([, signal]) => signal as string)
  const hasEnded = ended.then(() => Promise.reject(new Error('the stack has ended')))
  hasEnded.catch(() => {})
  const said = async () => (await Promise.race([once(child, 'message'), hasEnded]))[0] as string
  const url = await said()
  const clock = movableClock()
  return {
    bakery: bakery(url, premises, clock.now),
    ended,
    async settle(advance) {
      clock.advance(advance ?? 0)
      const answer = said()
      child.send((advance ? { advance } : 'settle') satisfies Order, () => {}) // it may be gone
      await answer
    },
    async stop() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
