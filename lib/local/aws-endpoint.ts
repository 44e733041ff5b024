// One loopback listener that speaks to the real SDK clients of EventBridge Scheduler and EventBridge, so that locally the same
// adapters run as on AWS. It binds to loopback only and knows no credentials: it serves this process.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'

export interface AwsEndpoint {
  /** For the SDK clients' `endpoint`. */
  url: string
  stop(): Promise<void>
}

export interface AwsEndpointOptions {
  /** Routes below `/schedules`. */
  scheduler: Hono
  /** Entries put on the bus. A rejection answers 500, which the SDK tries again. */
  putEvents(entries: PutEventsRequestEntry[]): Promise<void>
}

/** As it comes over the wire: with seconds since 1970. */
type Entry = Omit<PutEventsRequestEntry, 'Time'> & { Time?: number }

export async function startAwsEndpoint({
  scheduler,
  putEvents,
}: AwsEndpointOptions): Promise<AwsEndpoint> {
  const app = new Hono()
  app.post('/', async (c) => {
    const target = c.req.header('x-amz-target')
    if (target !== 'AWSEvents.PutEvents') {
      return c.json({ __type: 'UnknownOperationException' }, 400)
    }
    const { Entries } = (await c.req.json()) as {
      Entries: Entry[]
    }
    await putEvents(
      Entries.map(({ Time, ...entry }) =>
        Time === undefined ? entry : { ...entry, Time: new Date(Time * 1000) },
      ),
    )
    return c.json({ FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: randomUUID() })) })
  })
  app.route('/', scheduler)

  const server = createAdaptorServer({ fetch: app.fetch })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.close()
      if ('closeAllConnections' in server) server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
