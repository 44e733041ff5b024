// What the SDK meets in tests: a clock that moves only when told, and an API on a real port that
// keeps just enough to answer. It records every request and frame in order; a test that wants
// another answer puts one in `answers`.
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { FlowRun, State } from '../../lib/core/run.ts'
import { formatInstant, MICROS_PER_MS, type Micros, parseInstant } from '../../lib/core/time.ts'
import type { Clock } from '../../lib/sdk/clock.ts'
import { readConfig } from '../../lib/sdk/config.ts'
import { createRuntime, type Runtime } from '../../lib/sdk/runtime.ts'
import type { Orchestration, ProposedState } from '../../lib/sdk/wire.ts'

export const START = parseInstant('2026-11-21T09:00:00Z') as Micros

/**
 * Resolves when the claim holds. Only for what comes through a real socket; time does not pass
 * meanwhile.
 */
export async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

export interface ManualClock extends Clock {
  advance(ms: number): void
  /** When those who sleep want to be woken, in milliseconds from now. */
  sleeping(): number[]
}

export function manualClock(): ManualClock {
  let now = START
  const sleepers = new Set<{ at: Micros; wake: () => void }>()
  return {
    now: () => now,
    sleep: (ms, { signal } = {}) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve()
        const sleeper = {
          at: now + ms * MICROS_PER_MS,
          wake: () => {
            sleepers.delete(sleeper)
            resolve()
          },
        }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', sleeper.wake)
      }),
    advance(ms) {
      now += ms * MICROS_PER_MS
      for (const sleeper of [...sleepers]) if (sleeper.at <= now) sleeper.wake()
    },
    sleeping: () => [...sleepers].map(({ at }) => (at - now) / MICROS_PER_MS).sort((a, b) => a - b),
  }
}

type Body = Record<string, unknown>
type Answer = { status: number; body?: unknown; headers?: Record<string, string> }
type Answerer = (body: Body, path: string) => Answer

export interface FakeApi {
  url: string
  /** `METHOD /path`, ids replaced by `:id`, in order. */
  requests: string[]
  /** The bodies of those requests. */
  bodies: Body[]
  /** Frames of /events/in, in order, each as parsed. */
  frames: Body[]
  /** Answers by request as in `requests`; used before the built-in ones. */
  answers: Record<string, Answerer>
  runs: Map<string, FlowRun>
  /** A run that is scheduled for a deployment. */
  schedule(deploymentId: string, inMs: number, parameters?: Body): FlowRun
  sockets: Set<WebSocket>
  /** Close codes of event sockets. */
  closed: number[]
  /** Whether the auth frame is answered with success, or else with close 1008. */
  authenticates: boolean
  /** Whether the auth frame is not answered at all. */
  isSilent: boolean
  /** Whether pings are answered. */
  pongs: boolean
  stop(): Promise<void>
}

export async function fakeApi(clock: Clock = manualClock()): Promise<FakeApi> {
  const server = createServer()
  const events = new WebSocketServer({ noServer: true, autoPong: false })
  const api: FakeApi = {
    url: '',
    requests: [],
    bodies: [],
    frames: [],
    answers: {},
    runs: new Map(),
    sockets: new Set(),
    closed: [],
    authenticates: true,
    isSilent: false,
    pongs: true,
    schedule(deploymentId, inMs, parameters = {}) {
      const at = formatInstant(clock.now() + inMs * MICROS_PER_MS)
      const state = { type: 'SCHEDULED', state_details: { scheduled_time: at } } as const
      const run = newRun({ flow_id: 'f1', deployment_id: deploymentId, state, parameters }, clock)
      api.runs.set(run.id, run)
      return run
    },
    async stop() {
      for (const socket of api.sockets) socket.terminate()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  server.on('request', async (request, response) => {
    const body = await bodyOf(request)
    const path = (request.url ?? '').replace('/api', '')
    const pattern = `${request.method} ${path.replace(/[0-9a-f-]{36}/g, ':id')}`
    api.requests.push(pattern)
    api.bodies.push(body)
    const answer = (api.answers[pattern] ?? builtIn(api, clock)[pattern] ?? unknown)(body, path)
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
    response.end(answer.body === undefined ? '' : JSON.stringify(answer.body))
  })
  server.on('upgrade', (request, socket, head) => {
    events.handleUpgrade(request, socket, head, (ws) => {
      api.sockets.add(ws)
      ws.on('ping', (data) => api.pongs && ws.pong(data))
      ws.on('message', (data) => {
        const frame = JSON.parse(data.toString()) as Body
        api.frames.push(frame)
        if (frame.type !== 'auth' || api.isSilent) return
        if (api.authenticates) ws.send(JSON.stringify({ type: 'auth_success' }))
        else ws.close(1008)
      })
      ws.on('close', (code) => {
        api.sockets.delete(ws)
        api.closed.push(code)
      })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  api.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`
  return api
}

/** Frames of events, without those that tell every run goes on. */
export const framesOf = (api: FakeApi): Body[] =>
  api.frames.filter(({ event }) => event !== 'prefect.flow-run.heartbeat')

const unknown: Answerer = () => ({ status: 404, body: { detail: 'Not Found' } })

const ID = /[0-9a-f-]{36}/

function builtIn(api: FakeApi, clock: Clock): Record<string, Answerer> {
  const run = (path: string) => api.runs.get(ID.exec(path)?.[0] ?? '') as FlowRun
  return {
    'POST /flows/': (body) => ({ status: 201, body: { id: crypto.randomUUID(), ...body } }),
    'POST /flow_runs/': (body) => {
      const made = newRun(body, clock)
      api.runs.set(made.id, made)
      return { status: 201, body: made }
    },
    'GET /flow_runs/:id': (_, path) => ({ status: 200, body: run(path) }),
    'POST /flow_runs/:id/set_state': ({ state }, path) => {
      const result = orchestrate(run(path), state as ProposedState, clock)
      return { status: result.status === 'ACCEPT' ? 201 : 200, body: result }
    },
    'POST /logs/': () => ({ status: 201 }),
    'POST /deployments/': (body) => ({ status: 201, body: { id: crypto.randomUUID(), ...body } }),
    'PATCH /deployments/:id': () => ({ status: 204 }),
    'POST /deployments/get_scheduled_flow_runs': () => ({
      status: 200,
      body: [...api.runs.values()].filter((one) => one.state?.type === 'SCHEDULED'),
    }),
    'DELETE /automations/owned-by/prefect.deployment.:id': () => ({ status: 202 }),
    'POST /automations/': (body) => ({ status: 201, body }),
  }
}

/** The orchestration rules of Prefect that the SDK depends on. */
function orchestrate(run: FlowRun, proposed: ProposedState, clock: Clock): Orchestration {
  const from = run.state?.type
  const refuse = (status: 'REJECT' | 'ABORT', reason: string): Orchestration => ({
    status,
    state: status === 'REJECT' ? run.state : null,
    details: { type: `${status.toLowerCase()}_details`, reason },
  })
  if (proposed.type === 'PENDING' && from !== 'SCHEDULED') {
    return refuse('ABORT', `This run is in a ${from} state and cannot transition to PENDING.`)
  }
  if (from === 'CANCELLING' && proposed.type !== 'CANCELLED') {
    return refuse('REJECT', 'Cannot transition flows that are cancelling.')
  }
  const scheduled = parseInstant(run.state?.state_details.scheduled_time ?? '') ?? 0
  const early = Math.round((scheduled - clock.now()) / 1e6)
  if (proposed.type === 'RUNNING' && early > 0) {
    return { status: 'WAIT', state: null, details: { type: 'wait_details', delay_seconds: early } }
  }
  const kept = proposed.type === 'PENDING' ? run.state?.state_details : {}
  run.state = stateOf({ ...proposed, state_details: { ...kept } }, clock)
  return { status: 'ACCEPT', state: run.state, details: { type: 'accept_details' } }
}

const stateOf = (proposed: ProposedState, clock: Clock): State => ({
  id: crypto.randomUUID(),
  type: proposed.type,
  name: proposed.name ?? proposed.type,
  timestamp: formatInstant(clock.now()),
  message: proposed.message ?? null,
  data: null,
  state_details: proposed.state_details ?? {},
})

function newRun(body: Body, clock: Clock): FlowRun {
  const state = stateOf(body.state as ProposedState, clock)
  const run = { name: 'brisk-otter', tags: [], run_count: 0, start_time: null, parameters: {} }
  return { ...run, ...body, id: crypto.randomUUID(), state } as unknown as FlowRun
}

async function bodyOf(request: IncomingMessage): Promise<Body> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text === '' ? {} : (JSON.parse(text) as Body)
}

/**
 * A runtime that talks to an address, and the lines it has written for the person at the terminal.
 */
export function testRuntime(apiUrl: string, clock: Clock): { at: Runtime; lines: string[] } {
  const lines: string[] = []
  // A lease of six seconds: those who hold runs wake at times of their own, unlike the pollers'.
  const config = { ...readConfig({}), apiUrl, printLevel: 100, leaseSeconds: 6 }
  return { at: createRuntime(config, { clock, write: (line) => lines.push(line) }), lines }
}

/** An address where nobody listens. */
export const NOBODY = 'http://127.0.0.1:9/api'
