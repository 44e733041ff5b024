// Notices of reviews: prepared when a run is made that waits, given their links when they are sent, and sent again when the run is
// postponed, by whomever. They go the way of all messages (send.ts, deliver.ts), and are told of as actions of their own.
import { actionBegan, actionEnded, type Told } from '../core/action.ts'
import { POSTPONE_SECONDS } from '../core/action-schema.ts'
import type { Deployment } from '../core/deployment.ts'
import type { EventDraft } from '../core/event.ts'
import type { Services } from '../core/ports.ts'
import {
  askedAgain,
  inUtc,
  isReview,
  noticeBegan,
  noticeIdOf,
  REVIEW_NOTICE,
  type Review,
  type ReviewDelivery,
  reviewContext,
  waitingUntil,
  withFacts,
} from '../core/review.ts'
import { type ReviewVerb, type ReviewWindow, signLink } from '../core/review-link.ts'
import type { FlowRun } from '../core/run.ts'
import { formatInstant } from '../core/time.ts'
import type { Workspace } from '../core/workspace.ts'
import { accept } from './accept.ts'
import { reviewKey } from './review-key.ts'
import type { sending } from './send.ts'

/** What to tell of a notice, and what sends it once its run is there. */
export interface Notice {
  events: EventDraft[]
  afterwards: (() => Promise<void>)[]
}

export interface Asking {
  doing: Told & { index: number }
  review: Review
  run: FlowRun
  deployment: Deployment
}

/** The notice of a run; null for one that does not wait. Prepared again it is the same. */
export async function noticeOf(
  { clock }: Pick<Services, 'clock'>,
  send: ReturnType<typeof sending>,
  { doing, review, run, deployment }: Asking,
): Promise<Notice | null> {
  const now = clock.now()
  const stateId = run.state?.id ?? ''
  const until = waitingUntil(run, stateId, now)
  if (until === null) return null
  const window: ReviewWindow = {
    run_id: run.id,
    state_id: stateId,
    until,
    postpone_seconds: Math.round(review.postpone ?? POSTPONE_SECONDS),
  }
  const more = { flow_run: run, deployment, review: reviewContext(run.id, review) }
  const sent = await send.reviewNotice(doing, review, more)
  const occurred = formatInstant(now)
  const related = [
    ...('outcome' in sent ? sent.outcome.related : sent.related),
    { 'prefect.resource.id': `prefect.flow-run.${run.id}`, 'prefect.resource.role': 'flow-run' },
  ]
  const { index } = doing
  const action = actionBegan(doing, { index, type: REVIEW_NOTICE }, { related, occurred })
  const began = noticeBegan(action, noticeIdOf(window))
  if ('outcome' in sent) {
    return { events: [began, actionEnded(began, sent.outcome, occurred)], afterwards: [] }
  }
  const parcel = { ...sent.parcel, review: window }
  return { events: [began], afterwards: [() => send.start(parcel, began)] }
}

type LinkUses = Pick<Services, 'runs' | 'reviewKeys' | 'secrets' | 'ids' | 'publicUrl' | 'clock'>

/** A notice's message with its links; null when the run waits no more, or not as it did. */
export function withLinks(services: LinkUses) {
  const key = reviewKey(services)

  return async (
    workspace: Workspace,
    { message, review }: Pick<ReviewDelivery, 'message' | 'review'>,
  ): Promise<ReviewDelivery['message'] | null> => {
    const { run_id: runId, state_id: stateId, postpone_seconds: postponeSeconds } = review
    const run = (await services.runs.get(workspace, runId))?.value
    const expiresAt = run ? waitingUntil(run, stateId, services.clock.now()) : null
    if (expiresAt === null) return null
    const secret = await key()
    const linkTo = (verb: ReviewVerb): string => {
      const link = { verb, workspace, runId, stateId, expiresAt, postponeSeconds }
      return `${services.publicUrl()}/review/${signLink(link, secret)}`
    }
    return withFacts(message, runId, {
      approve_url: linkTo('approve'),
      postpone_url: linkTo('postpone'),
      cancel_url: linkTo('cancel'),
      due: inUtc(expiresAt),
    })
  }
}

/** A run that waited, was asked about, and waits anew is asked about again. */
export async function followReview(
  services: Pick<Services, 'deliveries' | 'events' | 'scheduler' | 'clock'>,
  workspace: Workspace,
  { before, after }: { before: FlowRun | null; after: FlowRun | null },
): Promise<void> {
  const { deliveries, scheduler, clock } = services
  const [was, is] = [before?.state, after?.state]
  if (!after || !is || was?.type !== 'SCHEDULED' || was.id === is.id) return
  const now = clock.now()
  const until = waitingUntil(after, is.id, now)
  if (until === null) return
  const id = noticeIdOf({ run_id: after.id, state_id: was.id })
  const asked = (await deliveries.get(workspace, id))?.value
  if (!asked || !isReview(asked)) return
  const again = askedAgain(asked, { state_id: is.id, until }, now)
  await accept(services)(workspace, [again.began])
  await deliveries.create(workspace, again)
  await scheduler.wakeAt({ kind: 'delivery', workspace, id: again.id }, now)
}
