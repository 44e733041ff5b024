// Flows that push pools launch: as a Lambda function, for pools of type `lambda` and `eventbridge`, and as an HTTP app, for those of
// type `http`. Neither server nor worker runs meanwhile. Launched twice, a run is run once (launched.ts).
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import { type SignatureScheme, verify } from '../core/signature.ts'
import { PRESETS } from '../core/signature-presets.ts'
import type { FlowDefinition } from './engine.ts'
import { type Launchable, runLaunched } from './launched.ts'
import { closeRuntime, type Runtime, runtime } from './runtime.ts'

/** What a push pool sends. */
const launchSchema = z.object({
  type: z.literal('tripline.launch'),
  flow_run_id: z.string(),
  launch_id: z.string(),
  flow: z.string(),
})

/** Bytes of a call; a launch has a few hundred. Who calls is known only once all of it is read. */
const LAUNCH_BYTES_MAX = 65_536

type Launched = z.output<typeof launchSchema>

/** What became of a launched run; `not-run`: it was run before, or cancelled. */
export interface LaunchAnswer {
  flow_run_id: string
  outcome: 'completed' | 'failed' | 'not-run'
}

/**
 * A Lambda handler for one flow or several; the launch says which is meant.
 *
 * It finds the API by its environment, as everything here does (TRIPLINE_API_URL, TRIPLINE_API_KEY). A flow that throws has
 * Failed, and the call is answered all the same: Lambda must not try what the flow's own `retries` decide. When the API
 * cannot be reached it throws, and Lambda tries again.
 */
export function toLambda(...flows: Launchable[]): (event: unknown) => Promise<LaunchAnswer> {
  const known = definitionsOf(flows)
  return async (event) => {
    const at = runtime()
    const detail = (event as { detail?: unknown }).detail // EventBridge's envelope
    try {
      return await run(known, launchSchema.parse(detail ?? event), at)
    } finally {
      await closeRuntime(at) // the process is frozen when we have answered
    }
  }
}

/** Secrets of an HTTP pool's webhook block. Two are both right, while one takes the place of the other. */
export interface HonoOptions {
  secrets: string | string[]
}

/**
 * An HTTP app for one flow or several: mount it where the pool's webhook block points. A call without a right signature
 * (Standard Webhooks) is answered 401, one larger than 64 KB 413, any other 202, before the flow has ended: the process must stay up for it.
 */
export function toHono(flows: Launchable | Launchable[], { secrets }: HonoOptions): Hono {
  const known = definitionsOf([flows].flat())
  const app = new Hono()
  app.post('/', bodyLimit({ maxSize: LAUNCH_BYTES_MAX }), async (context) => {
    const at = runtime()
    const body = new Uint8Array(await context.req.arrayBuffer())
    const { headers } = context.req.raw
    const query = new URL(context.req.url).searchParams
    const scheme: SignatureScheme = PRESETS['standard-webhooks'].scheme
    const verdict = verify(scheme, [secrets].flat(), { headers, query, body }, at.clock.now())
    if (!verdict.ok) return context.json({ detail: 'Unauthorized' }, 401)
    const launch = launchSchema.safeParse(jsonOf(body))
    if (!launch.success) return context.json({ detail: 'This is no launch' }, 422)
    run(known, launch.data, at).catch((error: Error) => {
      at.say(`run ${launch.data.flow_run_id} is left as it is: ${error.message}`)
    })
    return context.body(null, 202)
  })
  return app
}

type Definitions = Map<string, FlowDefinition<unknown>>

const definitionsOf = (flows: Launchable[]): Definitions =>
  new Map(
    flows.map((flow) => {
      const { definition } = flow.toDeployment({ name: '' })
      return [definition.name, definition]
    }),
  )

async function run(known: Definitions, launch: Launched, at: Runtime): Promise<LaunchAnswer> {
  const definition = known.get(launch.flow)
  if (!definition) {
    throw new Error(
      `launched for flow '${launch.flow}', but here is ${[...known.keys()].join(', ')}`,
    )
  }
  const { kind } = await runLaunched(definition, launch, at)
  return { flow_run_id: launch.flow_run_id, outcome: kind }
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'))
  } catch {
    return null // which is no launch
  }
}
