// What a workspace has and may have.
import type { Services } from '../../core/ports.ts'
import { ok, type Route } from '../route.ts'

export const limitRoutes = ({
  automations,
  webhooks,
  quotas,
}: Pick<Services, 'automations' | 'webhooks' | 'quotas'>): Route[] => [
  {
    method: 'GET',
    path: '/limits',
    summary: 'How many automations and webhooks there are, and may be',
    async handle({ workspace }) {
      const [ofAutomations, ofWebhooks] = await Promise.all([
        automations.count(workspace),
        webhooks.count(workspace),
      ])
      return ok({
        automations: { count: ofAutomations, limit: quotas.automations },
        webhooks: { count: ofWebhooks, limit: quotas.webhooks },
      })
    },
  },
]
