// Accept: events become durable. Nothing else writes events, whatever door they came through.
import type { EventDraft } from '../core/event.ts'
import type { Services } from '../core/ports.ts'
import { formatInstant } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'

/**
 * Stores the events that are new and answers their ids, after they are durable. An id that is stored already stays as it was,
 * so a redelivery changes nothing. Several events are stored together, in transactions of up to a hundred.
 */
export const accept =
  ({ events, clock }: Pick<Services, 'events' | 'clock'>) =>
  async (workspace: Workspace, drafts: EventDraft[], keepSeconds = 0): Promise<Set<string>> => {
    if (drafts.length === 0) return new Set()
    const received = formatInstant(clock.now())
    return events.put(
      workspace,
      drafts.map((draft) => ({ ...draft, received })),
      keepSeconds,
    )
  }
