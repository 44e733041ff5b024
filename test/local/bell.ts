// A bell that rings when somebody is asked about a run: a receiver of notices on this machine, and the opt-out example that rings it.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { BLOCK_TYPES } from '../../lib/core/block.ts'

/** What a notice says. */
export interface Rung {
  approve: string
  postpone: string
  cancel: string
  due: string
}

export interface Bell {
  url: string
  heard: Rung[]
  stop(): Promise<void>
}

export async function startBell(): Promise<Bell> {
  const heard: Rung[] = []
  const server = createServer(async (call, answer) => {
    heard.push(JSON.parse(await text(call)) as Rung)
    answer.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    heard,
    async stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}

type Api = (method: string, path: string, body?: unknown) => Promise<ReturnType<typeof JSON.parse>>

/** What a webhook tells of runs two hours later, unless somebody who was asked says otherwise. */
export async function arrangeReview(
  api: Api,
  bellUrl: string,
): Promise<{ deploymentId: string; slug: string }> {
  const { slug } = await api('POST', '/webhooks/', {
    name: 'trials',
    template: '{"event": "trial.ended", "resource": {"prefect.resource.id": "{{ body.account }}"}}',
  })
  const block_type_id = BLOCK_TYPES.webhook.id
  const [schema] = await api('POST', '/block_schemas/filter', {
    block_schemas: { block_type_id: { any_: [block_type_id] } },
  })
  const block = await api('POST', '/block_documents/', {
    name: 'bell',
    block_type_id,
    block_schema_id: schema.id,
    data: { url: bellUrl },
  })
  const flow = await api('POST', '/flows/', { name: 'charge-trial' })
  const deployment = await api('POST', '/deployments/', { name: 'charge', flow_id: flow.id })
  await api('POST', '/automations/', {
    name: 'charge what was tried',
    trigger: {
      type: 'event',
      posture: 'Reactive',
      expect: ['trial.ended'],
      threshold: 1,
      within: 0,
    },
    actions: [
      {
        type: 'run-deployment',
        deployment_id: deployment.id,
        schedule_after: 'PT2H',
        parameters: { account: '{{ event.resource.id }}' },
        review: {
          block_document_id: block.id,
          postpone: 'PT2H',
          body: {
            approve: '{{ review.approve_url }}',
            postpone: '{{ review.postpone_url }}',
            cancel: '{{ review.cancel_url }}',
            due: '{{ review.due }}',
          },
        },
      },
    ],
  })
  return { deploymentId: deployment.id, slug }
}
