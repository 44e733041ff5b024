// What the quickstart promises, each promise as a sentence that holds or does not, judged by what
// the server has stored.
import type { Event, FlowRun } from '../../lib/sdk/index.ts'

/** What is known so far; null: not seen yet. */
export interface Facts {
  /** The commit that the webhook's caller sent. */
  commit: string
  /** What the upstream flow returned. */
  returned: unknown
  feed: Event[]
  triggered: FlowRun | null
  delayed: FlowRun | null
}

export interface Promised {
  claim: string
  holds: boolean
}

const DELAY_SECONDS = 3
const DELAY_SECONDS_OFF_MAX = 1
const PROMISED_DELAY = `${DELAY_SECONDS} ± ${DELAY_SECONDS_OFF_MAX}`
/** The states that a run goes through when all is well. */
const LIFE = ['Scheduled', 'Pending', 'Running', 'Completed']

/** The promises, in order of time. */
export function judge({ commit, returned, feed, triggered, delayed }: Facts): Promised[] {
  const called = feed.find(({ event }) => event === 'webhook.called')
  const produced = feed.find(({ event }) => event === 'prefect.result.produced')
  const late =
    produced && delayed?.start_time ? secondsBetween(produced.occurred, delayed.start_time) : null
  const got = triggered?.parameters.prev_result
  return [
    {
      claim: `the webhook call is an event that holds the push of ${commit.slice(0, 7)}`,
      holds: called !== undefined && JSON.stringify(called.payload).includes(commit),
    },
    {
      claim: `the upstream's hook emitted its result, ${JSON.stringify(returned)}`,
      holds: produced !== undefined && produced.payload.result === returned,
    },
    {
      claim: `the triggered run is Completed with prev_result = ${JSON.stringify(got ?? null)}`,
      holds: triggered?.state?.type === 'COMPLETED' && got !== undefined && got === returned,
    },
    {
      claim: `the delayed run began ${late?.toFixed(2) ?? '?'} s after the event (${PROMISED_DELAY})`,
      holds:
        delayed?.state?.type === 'COMPLETED' &&
        late !== null &&
        Math.abs(late - DELAY_SECONDS) <= DELAY_SECONDS_OFF_MAX,
    },
    {
      claim: `what became of that run is in the feed: ${LIFE.join(', ')}`,
      holds: LIFE.every((state) => feed.some((event) => isAbout(event, delayed, state))),
    },
  ]
}

const isAbout = ({ event, resource }: Event, run: FlowRun | null, state: string) =>
  event === `prefect.flow-run.${state}` &&
  resource['prefect.resource.id'] === `prefect.flow-run.${run?.id}`

const secondsBetween = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1000
