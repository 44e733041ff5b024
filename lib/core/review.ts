// A review window: while a delayed run waits, somebody is asked about it, and may let it begin at once, later, or never. Here is what is
// asked, with whose words, and what an answer makes of the run; links are review-link.ts.
import { POSTPONE_SECONDS, type RunDeployment } from './action-schema.ts'
import type { Delivery, Verdict } from './delivery.ts'
import type { EventDraft } from './event.ts'
import { NAMESPACE, uuidv5 } from './ids.ts'
import { REVIEW_VERBS, type ReviewLink, type ReviewWindow } from './review-link.ts'
import type { FlowRun } from './run.ts'
import type { ProposedState } from './run-state.ts'
import { formatInstant, MICROS_PER_SECOND, type Micros, parseInstant } from './time.ts'

/** The `review` of a run-deployment action. */
export type Review = NonNullable<RunDeployment['review']>

export type ReviewDelivery = Extract<Delivery, { review?: ReviewWindow }> & { review: ReviewWindow }

export const isReview = (delivery: Delivery): delivery is ReviewDelivery =>
  'review' in delivery && delivery.review !== undefined

/** The kind of action under which notices are told of. */
export const REVIEW_NOTICE = 'review-notice'

/** Until when the run waits, or null: it has begun, it is over, its time has come, or it waits in another state by now. */
export function waitingUntil(run: FlowRun, stateId: string, now: Micros): Micros | null {
  if (run.state?.type !== 'SCHEDULED' || run.state.id !== stateId) return null
  const due = parseInstant(run.next_scheduled_start_time ?? '')
  return due !== null && due > now ? due : null
}

/** The state that an answer takes a run to which waits until `due`. */
export function reviewedState(link: ReviewLink, due: Micros, now: Micros): ProposedState {
  switch (link.verb) {
    case 'approve':
      return scheduled(now, 'Approved in review')
    case 'postpone':
      return scheduled(due + link.postponeSeconds * MICROS_PER_SECOND, 'Postponed in review')
    case 'cancel':
      return { type: 'CANCELLED', message: 'Cancelled in review' }
  }
}

const scheduled = (at: Micros, message: string): ProposedState => ({
  type: 'SCHEDULED',
  message,
  state_details: { scheduled_time: formatInstant(at) },
})

/** A notice's id, its delivery's too: one waiting is asked about once. */
export const noticeIdOf = ({ run_id, state_id }: Pick<ReviewWindow, 'run_id' | 'state_id'>) =>
  uuidv5(`${run_id}/${state_id}/review`, NAMESPACE.action)

/** The event that tells of a notice's beginning: that of its action, told as one of its own. */
export const noticeBegan = (action: EventDraft, id: string): EventDraft => ({
  ...action,
  payload: { ...action.payload, action_type: REVIEW_NOTICE, invocation: id },
  id: uuidv5(`${id}/triggered`, NAMESPACE.announcement),
})

/** A notice that has fared as it has: kept for as long as its run may be postponed, and it be needed again. */
export const kept = (notice: ReviewDelivery): ReviewDelivery => ({
  ...notice,
  attempts: 1,
  dueAt: Math.max(notice.dueAt, notice.review.until),
})

/** The notice for a run that was postponed: the same words about its next waiting. */
export function askedAgain(
  was: ReviewDelivery,
  next: Pick<ReviewWindow, 'state_id' | 'until'>,
  now: Micros,
): ReviewDelivery {
  const review = { ...was.review, ...next }
  const id = noticeIdOf(review)
  const began = { ...noticeBegan(was.began, id), occurred: formatInstant(now) }
  return { ...was, review, id, began, attempts: 0, dueAt: now }
}

const FACTS = [...REVIEW_VERBS.map((verb) => `${verb}_url` as const), 'due'] as const

/** What is known of a waiting only when its notice is sent: the links, and when the run is due. */
export type ReviewFacts = Record<(typeof FACTS)[number], string>

const placeholder = (runId: string, fact: string): string =>
  `https://review.invalid/${runId}/${fact}`

/**
 * What templates of a notice know as `review`. Facts are names of themselves, filled in by `withFacts` whenever the notice is sent: so
 * no link is ever stored, and a second notice tells the new time.
 */
export const reviewContext = (runId: string, { postpone }: Review): Record<string, string> => ({
  ...Object.fromEntries(FACTS.map((fact) => [fact, placeholder(runId, fact)])),
  postpone: inWords(postpone ?? POSTPONE_SECONDS),
})

/** The message with the facts in their places. They need no escaping in JSON, HTML or addresses. */
export function withFacts<M extends object>(message: M, runId: string, facts: ReviewFacts): M {
  const filled = Object.entries(message).map(([field, text]) => [
    field,
    FACTS.reduce(
      (filled, fact) => filled.replaceAll(placeholder(runId, fact), facts[fact]),
      String(text),
    ),
  ])
  return Object.fromEntries(filled) as M
}

/** What is told of how a notice fared: not what was answered, for a receiver may repeat the links. */
export function withoutAnswer(verdict: Verdict): Verdict {
  if ('again' in verdict) return verdict
  const { statusCode, reason } = verdict.outcome
  return { outcome: { statusCode, reason } }
}

/** `2026-11-21 11:00 UTC`. */
export const inUtc = (at: Micros): string =>
  `${formatInstant(at).slice(0, 16).replace('T', ' ')} UTC`

const UNITS: [seconds: number, name: string][] = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
]

/** `2 hours 30 minutes`. */
export function inWords(seconds: number): string {
  let left = Math.round(seconds)
  const words = UNITS.flatMap(([size, name]) => {
    const count = Math.floor(left / size)
    left -= count * size
    return count === 0 ? [] : [`${count} ${name}${count === 1 ? '' : 's'}`]
  })
  return words.join(' ') || 'no time'
}

/** The subject of a notice whose action names none. */
export const NOTICE_SUBJECT =
  '{{ deployment.name }} waits until {{ review.due }}: {{ flow_run.name }}'

/** The text of a notice whose action names none. */
export const NOTICE_TEXT = `{{ flow_run.name }}, a run of {{ deployment.name }}, begins on {{ review.due }} unless somebody decides otherwise.
It was made by the automation {{ automation.name }}.

Approve, so that it runs now:
{{ review.approve_url }}

Postpone it by {{ review.postpone }}:
{{ review.postpone_url }}

Cancel it:
{{ review.cancel_url }}

Each link first shows what it will do. It works once, until the run begins.
`

/** The same for a block of type webhook. */
export const NOTICE_PAYLOAD = `{
  "flow_run": {"id": {{ flow_run.id | tojson }}, "name": {{ flow_run.name | tojson }}},
  "deployment": {"id": {{ deployment.id | tojson }}, "name": {{ deployment.name | tojson }}},
  "automation": {"id": {{ automation.id | tojson }}, "name": {{ automation.name | tojson }}},
  "due": {{ review.due | tojson }},
  "postpone": {{ review.postpone | tojson }},
  "approve_url": {{ review.approve_url | tojson }},
  "postpone_url": {{ review.postpone_url | tojson }},
  "cancel_url": {{ review.cancel_url | tojson }}
}`
