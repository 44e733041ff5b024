// Reviews: what a link leads to, and the decision of whoever follows it. Looking changes nothing, however often it is done, for robots look
// at every link. A link that leads nowhere is null, whatever the reason.
import type { Deployment } from '../core/deployment.ts'
import { proposeState } from '../core/orchestration.ts'
import type { Services } from '../core/ports.ts'
import { reviewedState, waitingUntil } from '../core/review.ts'
import { type ReviewLink, readLink } from '../core/review-link.ts'
import type { FlowRun } from '../core/run.ts'
import type { Micros } from '../core/time.ts'
import { moveRun, unchanged } from './move-run.ts'
import { knownReviewKey } from './review-key.ts'

export type ReviewUses = Pick<
  Services,
  'reviewKeys' | 'secrets' | 'runs' | 'deployments' | 'clock' | 'ids'
>

/** What a link is about, while its run waits. */
export interface UnderReview {
  link: ReviewLink
  run: FlowRun
  deployment: Deployment | null
  /** When the run begins, if nobody decides. */
  due: Micros
}

export function reviews(services: ReviewUses) {
  const { runs, deployments, clock, ids } = services
  const key = knownReviewKey(services)

  async function look(token: string): Promise<UnderReview | null> {
    const secret = await key()
    const link = secret === null ? null : readLink(token, secret, clock.now())
    if (link === null) return null
    const run = (await runs.get(link.workspace, link.runId))?.value
    const due = run ? waitingUntil(run, link.stateId, clock.now()) : null
    if (!run || due === null) return null
    const { deployment_id: id } = run
    const deployment = id === null ? null : await deployments.get(link.workspace, id)
    return { link, run, due, deployment: deployment?.value ?? null }
  }

  /** Does what the link is for. Of two who decide at one moment, the second comes too late. */
  async function decide(token: string): Promise<UnderReview | null> {
    const found = await look(token)
    if (found === null) return null
    const { workspace, runId, stateId } = found.link
    const moved = await moveRun({ runs })(workspace, runId, (run) => {
      const now = clock.now()
      const due = waitingUntil(run, stateId, now)
      if (due === null) return unchanged(run)
      const state = reviewedState(found.link, due, now)
      return proposeState(run, state, { force: false, now, newStateId: ids.next() })
    })
    return moved?.written ? found : null
  }

  return { look, decide }
}
