// What can be done with a flow run: its buttons, and what they do.
import { type FlowRun, isTerminal } from '../core/run.ts'
import { formatInstant, MICROS_PER_SECOND, parseInstant } from '../core/time.ts'
import { Icon } from './icons.tsx'
import { notHere } from './not-here.tsx'
import { saying } from './notices.ts'
import { Action, Token } from './parts.tsx'
import type { Page, Visit } from './visit.ts'

/** What can be done with a run in its state. */
export const RunActions = ({ visit, run }: { visit: Visit; run: FlowRun }) => {
  const path = `/runs/${run.id}`
  const isWaiting = run.state?.type === 'SCHEDULED'
  const isOver = run.state !== null && isTerminal(run.state.type)
  return (
    <>
      {isWaiting && (
        <>
          <Action visit={visit} path={`${path}/now`} kind="main-action">
            <Icon name="run" />
            Run now
          </Action>
          <form method="post" action={`${path}/postpone`} class="inline">
            <Token visit={visit} />
            <select name="by" aria-label="Postpone by">
              <option value="600">10 minutes</option>
              <option value="3600">1 hour</option>
              <option value="86400">1 day</option>
            </select>
            <button type="submit" class="button">
              Postpone
            </button>
          </form>
        </>
      )}
      {!isOver && (
        <Action visit={visit} path={`${path}/cancel`} kind="danger" confirm={`Cancel ${run.name}?`}>
          Cancel
        </Action>
      )}
    </>
  )
}

const pathOf = ({ c }: Visit): string => `/runs/${c.req.param('id')}`

async function propose(visit: Visit, state: object): Promise<void> {
  const path = `/flow_runs/${visit.c.req.param('id')}/set_state`
  await visit.change('POST', path, { state, force: false })
}

/** Where the button was: the list of waiting runs, or the run's page. */
const back = (visit: Visit): string => (visit.form.from === '/delayed' ? '/delayed' : pathOf(visit))

export const runNow: Page = async (visit) => {
  const scheduled_time = formatInstant(visit.now)
  await propose(visit, { type: 'SCHEDULED', state_details: { scheduled_time } })
  return visit.c.redirect(saying('started', back(visit)), 303)
}

/** From its planned time, or from now if that has passed. */
export const postponeRun: Page = async (visit) => {
  const { services, workspace, form, c, now } = visit
  const found = await services.runs.get(workspace, c.req.param('id') ?? '')
  if (!found) return notHere(visit, 'run')
  const planned = parseInstant(found.value.next_scheduled_start_time ?? '') ?? now
  const by = Math.min(Math.max(Number(form.by) || 0, 60), 31 * 86_400) * MICROS_PER_SECOND
  const scheduled_time = formatInstant(Math.max(planned, now) + by)
  await propose(visit, { type: 'SCHEDULED', state_details: { scheduled_time } })
  return c.redirect(saying('postponed', back(visit)), 303)
}

/** A run that nobody has begun is cancelled at once; one that is going on is asked to stop. */
export const cancelRun: Page = async (visit) => {
  const { services, workspace, c } = visit
  const found = await services.runs.get(workspace, c.req.param('id') ?? '')
  if (!found) return notHere(visit, 'run')
  const type = found.value.state?.type === 'SCHEDULED' ? 'CANCELLED' : 'CANCELLING'
  await propose(visit, { type, message: 'Cancelled in the console' })
  return c.redirect(saying('cancelled', back(visit)), 303)
}
