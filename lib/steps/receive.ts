// Receive: a call of a webhook becomes events, as its template says, each under an id that its delivery decides.
import type { EventDraft } from '../core/event.ts'
import type { Services, Workspace } from '../core/ports.ts'
import { formatInstant } from '../core/time.ts'
import { eventsOfCall, type HookCall } from '../core/webhook.ts'
import type { Webhook } from '../core/webhook-definition.ts'
import { accept } from './accept.ts'

/**
 * Stores the events of one call and answers their ids, those of a redelivery included.
 * @throws Refusal 400 when the template makes no valid event of the request
 */
export const receive =
  ({ events, clock, ids }: Pick<Services, 'events' | 'clock' | 'ids'>) =>
  async (workspace: Workspace, webhook: Webhook, call: HookCall): Promise<string[]> => {
    const occurred = formatInstant(clock.now())
    const drafts: EventDraft[] = eventsOfCall(webhook, call, { occurred, newId: ids.next })
    await accept({ events, clock })(workspace, drafts)
    return drafts.map(({ id }) => id)
  }
