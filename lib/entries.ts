// START HERE: every way in. Services in, handler out; Lambda calls these handlers, and so does the local process. Named exports,
// so that a bundle keeps only its own.
import { Hono } from 'hono'
import { consoleApp } from './console/app.tsx'
import { reviewApp } from './console/review.tsx'
import type { Gateway, PassTime, Services } from './core/ports.ts'
import type { Vitals } from './core/vitals.ts'
import type { WakeKey } from './core/wake-key.ts'
import { onError, onNotFound } from './http/errors.ts'
import {
  type Gate,
  type GateOptions,
  type KeyInHand,
  keyGate as keyGateOf,
  openGate,
} from './http/gate.ts'
import { type GatewaySockets, gatewaySockets, takeFrame } from './http/gateway-sockets.ts'
import { hooksApp } from './http/hooks.ts'
import { mountDescription } from './http/openapi.ts'
import { mountPrefectLinks } from './http/prefect-links.ts'
import { mount, type Route } from './http/route.ts'
import { accountWorkspaceRoutes } from './http/routes/account-workspaces.ts'
import { adminRoutes } from './http/routes/admin.ts'
import { apiKeyRoutes } from './http/routes/api-keys.ts'
import { artifactRoutes } from './http/routes/artifacts.ts'
import { automationActivityRoutes } from './http/routes/automation-activity.ts'
import { automationRoutes } from './http/routes/automations.ts'
import { backtestRoutes } from './http/routes/backtest.ts'
import { blockRoutes } from './http/routes/blocks.ts'
import { collectionRoutes } from './http/routes/collections.ts'
import { concurrencyLimitRoutes } from './http/routes/concurrency-limits.ts'
import { deploymentRoutes } from './http/routes/deployments.ts'
import { eventChainRoutes } from './http/routes/event-chain.ts'
import { eventRoutes } from './http/routes/events.ts'
import { explainRoutes } from './http/routes/explain.ts'
import { flowRoutes } from './http/routes/flows.ts'
import { healthRoutes } from './http/routes/health.ts'
import { limitRoutes } from './http/routes/limits.ts'
import { logRoutes } from './http/routes/logs.ts'
import { runRoutes } from './http/routes/runs.ts'
import { variableRoutes } from './http/routes/variables.ts'
import { webhookDeliveryRoutes } from './http/routes/webhook-deliveries.ts'
import { webhookRoutes } from './http/routes/webhooks.ts'
import { workPoolRoutes } from './http/routes/work-pools.ts'
import { sessionGate } from './http/session-gate.ts'
import { hasSocket } from './http/socket-frames.ts'
import { eventSockets, type OpenSocket, type Subscribe } from './http/sockets.ts'
import { accept as acceptStep } from './steps/accept.ts'
import { act as actStep } from './steps/act.ts'
import { announce as announceStep } from './steps/announce.ts'
import { evaluate as evaluateStep } from './steps/evaluate.ts'
import { type FeedReader, feedReader } from './steps/feed.ts'
import { firstKey as firstKeyStep } from './steps/first-key.ts'
import { followTaskRuns } from './steps/follow-task-runs.ts'
import { publish as publishStep } from './steps/publish.ts'
import { relayed } from './steps/relay.ts'
import { wake as wakeStep } from './steps/wake.ts'
import {
  marks,
  objectChanges,
  type StreamHandler,
  storedEvents,
  storedFirings,
  streamHandler,
} from './store/stream.ts'

/** What a function asks of the services. An entry asks for no more than the step behind it. */
type AskedBy<F extends (services: never, ...rest: never[]) => unknown> = Parameters<F>[0]

/** HTTP: /hooks/:slug, and nothing else. */
export const receive = (services: AskedBy<typeof hooksApp>): Hono => hooksApp(services)

/** What the routes ask for, all of them together. */
type ApiServices = AskedBy<typeof eventRoutes> &
  AskedBy<typeof automationActivityRoutes> &
  AskedBy<typeof automationRoutes> &
  AskedBy<typeof backtestRoutes> &
  AskedBy<typeof explainRoutes> &
  AskedBy<typeof webhookRoutes> &
  AskedBy<typeof webhookDeliveryRoutes> &
  AskedBy<typeof flowRoutes> &
  AskedBy<typeof deploymentRoutes> &
  AskedBy<typeof runRoutes> &
  AskedBy<typeof logRoutes> &
  AskedBy<typeof artifactRoutes> &
  AskedBy<typeof workPoolRoutes> &
  AskedBy<typeof variableRoutes> &
  AskedBy<typeof blockRoutes> &
  AskedBy<typeof concurrencyLimitRoutes> &
  AskedBy<typeof accountWorkspaceRoutes> &
  AskedBy<typeof apiKeyRoutes> &
  AskedBy<typeof limitRoutes> &
  AskedBy<typeof reviewApp> &
  Pick<Services, 'log' | 'feed'> & { passTime?: PassTime; vitals?: Vitals }

/** Prefect's routes and ours, as data. */
export const apiRoutes = (
  services: ApiServices,
  readFeed: FeedReader = feedReader(services),
): Route[] => [
  ...adminRoutes(services.passTime),
  ...eventRoutes(services, readFeed),
  ...eventChainRoutes(services, readFeed),
  ...automationRoutes(services),
  ...automationActivityRoutes(services, readFeed),
  ...backtestRoutes(services, readFeed),
  ...explainRoutes(services, readFeed),
  ...webhookRoutes(services),
  ...webhookDeliveryRoutes(services),
  ...flowRoutes(services),
  ...deploymentRoutes(services),
  ...runRoutes(services),
  ...logRoutes(services),
  ...artifactRoutes(services),
  ...workPoolRoutes(services),
  ...variableRoutes(services),
  ...blockRoutes(services),
  ...concurrencyLimitRoutes(services),
  ...collectionRoutes(),
  ...accountWorkspaceRoutes(services),
  ...apiKeyRoutes(services),
  ...limitRoutes(services),
  ...healthRoutes(services, readFeed, services.vitals),
]

/** HTTP: Prefect's REST API and ours, under /api, and their description. */
export function api(
  services: ApiServices,
  readFeed: FeedReader = feedReader(services),
  gate: Gate = openGate,
): Hono {
  const app = new Hono({ strict: false })
  const routes = apiRoutes(services, readFeed)
  mount(app, routes, gate)
  mountDescription(app, routes)
  mountReviews(app, reviewApp(services))
  mountPrefectLinks(app)
  mountConsole(app, consoleApp(services, routes, readFeed, gate))
  app.notFound(onNotFound)
  app.onError(onError(services.log))
  return app
}

/** Links of notices, which need no key. */
function mountReviews(app: Hono, pages: Hono): void {
  app.all('/review/*', (c) => pages.fetch(c.req.raw))
}

/** The console has every address that is not the API's. */
function mountConsole(app: Hono, pages: Hono): void {
  app.all('*', (c, next) =>
    /^\/(?:api|hooks)(?:\/|$)/.test(c.req.path) ? next() : pages.fetch(c.req.raw, c.env),
  )
}

/** WebSockets: /api/events/in and /api/events/out. */
export const socket = (
  services: Services,
  subscribe: Subscribe,
  readFeed: FeedReader = feedReader(services),
  gate: Gate = openGate,
): OpenSocket => eventSockets(services, readFeed, subscribe, sessionGate(gate, services))

/** Who may come in where keys are demanded: one gate for all entries of a process. */
export const keyGate = (services: AskedBy<typeof keyGateOf>, options: GateOptions = {}): Gate =>
  keyGateOf(services, options)

/** The key that a server which demands keys is begun with; null when it has one. */
export const firstKey = (services: AskedBy<typeof firstKeyStep>): Promise<string | null> =>
  firstKeyStep(services)

/** The same sockets where API Gateway keeps them: each frame is a call. */
export const gatewaySocket = (
  services: Pick<Services, 'connections' | 'clock' | 'log' | 'feed'> & AskedBy<typeof keyGate>,
  gateway: Gateway,
  adminKey: KeyInHand,
): GatewaySockets =>
  gatewaySockets(services, gateway, feedReader(services), keyGate(services, { adminKey }))

/** Queue: frames of those sockets that are events. */
export const acceptFrame = (services: AskedBy<typeof takeFrame>): ReturnType<typeof takeFrame> =>
  takeFrame(services)

/** Events stream: a stored event meets the triggers. */
export function evaluate(
  services: AskedBy<typeof evaluateStep> & Pick<Services, 'blobs' | 'feed'>,
  readFeed: FeedReader = feedReader(services),
): StreamHandler {
  const step = evaluateStep(services, readFeed)
  return streamHandler(async (changes) =>
    step(await storedEvents(changes, services.blobs), marks(changes)),
  )
}

/** Events stream: a stored event goes out, to the feed and to subscribers; what it tells of a task run is kept. */
export function publish(
  services: AskedBy<typeof publishStep> & AskedBy<typeof followTaskRuns> & Pick<Services, 'blobs'>,
): StreamHandler {
  const [step, follow] = [publishStep(services), followTaskRuns(services)]
  return streamHandler(async (changes) => {
    const stored = await storedEvents(changes, services.blobs)
    await step(stored)
    await follow(stored)
  })
}

/** As `publish`, and to the sockets that API Gateway keeps. */
export const publishToSockets = (
  services: AskedBy<typeof publish> & AskedBy<typeof relayed>,
  gateway: Gateway,
): StreamHandler => publish({ ...services, bus: relayed(services, gateway) })

/** Objects stream: a firing is acted on. */
export function act(services: AskedBy<typeof actStep> & Pick<Services, 'blobs'>): StreamHandler {
  const step = actStep(services)
  return streamHandler(async (changes) => step(await storedFirings(changes, services.blobs)))
}

/** Objects stream: a changed object becomes an event. */
export function announce(services: AskedBy<typeof announceStep>): StreamHandler {
  const step = announceStep(services)
  return streamHandler((changes) => step(objectChanges(changes)))
}

/** Timer: a time has come. The input is the schedule's: a wake key. */
export function wake(services: AskedBy<typeof wakeStep>): (input: unknown) => Promise<void> {
  const step = wakeStep(services)
  return (input) => step(input as WakeKey)
}

/** Queue and bus: events that came by another door than HTTP. */
export const accept = (services: AskedBy<typeof acceptStep>): ReturnType<typeof acceptStep> =>
  acceptStep(services)

/** One reader of the feed for all entries of a process that has several. */
export const sharedFeed = (services: AskedBy<typeof feedReader>): FeedReader => feedReader(services)

export { hasSocket }
