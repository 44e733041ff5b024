// Every store over the two tables, composed in one place: a new store is one line here, and AWS, the local process and the tests
// have it. The ingest bundle takes `ingestStores` alone and so carries no other store's code.
import type { Blobs, Clock } from '../core/ports.ts'
import { accountWorkspaceStore } from './account-workspaces.ts'
import { apiKeyStore } from './api-keys.ts'
import { artifactStore } from './artifacts.ts'
import { automationStore } from './automations.ts'
import { blockStore } from './blocks.ts'
import type { Table } from './client.ts'
import { concurrencyLimitStore } from './concurrency-limits.ts'
import { connectionStore } from './connections.ts'
import { deliveryStore } from './deliveries.ts'
import { deploymentStore } from './deployments.ts'
import { eventStore } from './events.ts'
import { feedStore } from './feed.ts'
import { flowStore } from './flows.ts'
import { logStore } from './logs.ts'
import { reviewKeyStore } from './review-keys.ts'
import { runInputStore } from './run-inputs.ts'
import { runStore } from './runs.ts'
import { triggerStore } from './triggers.ts'
import { variableStore } from './variables.ts'
import { webhookDeliveryStore } from './webhook-deliveries.ts'
import { webhookStore } from './webhooks.ts'
import { workPoolStore } from './work-pools.ts'

/** What stores stand on. Events, firings, deliveries and feed are kept for `retentionSeconds`. */
export interface StoreParts {
  events: Table
  objects: Table
  blobs: Blobs
  clock: Clock
  retentionSeconds: number
}

/** What takes events in. */
export const ingestStores = ({ events, objects, blobs, clock, retentionSeconds }: StoreParts) => ({
  events: eventStore(events, blobs, clock, retentionSeconds),
  webhooks: webhookStore(objects),
  webhookDeliveries: webhookDeliveryStore(objects, blobs, retentionSeconds),
})

/** What everything behind the first write works with. */
export const roadStores = ({ objects, blobs, clock, retentionSeconds }: StoreParts) => ({
  feed: feedStore(objects, blobs, clock, retentionSeconds),
  automations: automationStore(objects),
  triggers: triggerStore(objects, blobs, retentionSeconds),
  flows: flowStore(objects),
  deployments: deploymentStore(objects),
  runs: runStore(objects),
  runInputs: runInputStore(objects),
  logs: logStore(objects),
  artifacts: artifactStore(objects),
  workPools: workPoolStore(objects),
  variables: variableStore(objects),
  limits: concurrencyLimitStore(objects),
  workspaces: accountWorkspaceStore(objects),
  apiKeys: apiKeyStore(objects),
  blocks: blockStore(objects),
  deliveries: deliveryStore(objects, retentionSeconds),
  reviewKeys: reviewKeyStore(objects),
  connections: connectionStore(objects, clock),
})
