// Delayed runs: those that wait for their time. This is the review window: until then each can be run, postponed or cancelled.
import type { FlowRun } from '../core/run.ts'
import { Frame, Head } from './layout.tsx'
import { Action, Code, Empty, Status, Time } from './parts.tsx'
import { namesOf } from './runs.tsx'
import type { Page, Visit } from './visit.ts'
import { counted, stateTone } from './words.ts'

/** Runs looked through, newest first. */
const LOOKED_AT_MAX = 1_000

export const delayedPage: Page = async (visit) => {
  const { c, services, workspace } = visit
  const runs = await services.runs.list(workspace, { newest: LOOKED_AT_MAX })
  const waiting = runs
    .filter(({ state }) => state?.type === 'SCHEDULED')
    .toSorted((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1))
  const names = await namesOf(visit)
  return c.html(
    <Frame visit={visit} title="Delayed runs">
      <Head
        title="Delayed runs"
        sub={
          waiting.length === 0
            ? 'Runs that wait for their time.'
            : `${counted(waiting.length, 'run')} waiting. Until its time comes, each can be changed.`
        }
      />
      <section class="card" aria-label="Delayed runs">
        {waiting.length === 0 ? (
          <Empty icon="delayed" title="Nothing is waiting">
            <p>
              An automation’s action may say how long its run waits, so that somebody can look
              first:
            </p>
            <Code
              id="delay"
              text={'{"type": "run-deployment", "deployment_id": "…", "schedule_after": 1800}'}
            />
          </Empty>
        ) : (
          <ol class="waiting">
            {waiting.map((run) => (
              <li data-row id={`r-${run.id}`}>
                <div>
                  <div class="title">
                    <a href={`/runs/${run.id}`}>{run.name}</a>
                  </div>
                  <div class="quiet">
                    {names.get(run.deployment_id ?? '') ?? names.get(run.flow_id)}
                    {run.created_by?.display_value && ` · by ${run.created_by.display_value}`}
                  </div>
                </div>
                <div>
                  <Status tone={stateTone(run.state)}>{run.state?.name}</Status>{' '}
                  <Time at={timeOf(run)} now={visit.now} />
                </div>
                <Buttons visit={visit} run={run} />
              </li>
            ))}
          </ol>
        )}
      </section>
    </Frame>,
  )
}

const timeOf = ({ next_scheduled_start_time, expected_start_time, created }: FlowRun): string =>
  next_scheduled_start_time ?? expected_start_time ?? created

const FROM = { from: '/delayed' }

const Buttons = ({ visit, run }: { visit: Visit; run: FlowRun }) => {
  const path = `/runs/${run.id}`
  return (
    <div class="actions">
      <Action visit={visit} path={`${path}/now`} kind="small" fields={FROM}>
        Run now
      </Action>
      <Action visit={visit} path={`${path}/postpone`} kind="small" fields={{ ...FROM, by: '3600' }}>
        +1 hour
      </Action>
      <Action
        visit={visit}
        path={`${path}/cancel`}
        kind="small"
        fields={FROM}
        confirm={`Cancel ${run.name}?`}
      >
        Cancel
      </Action>
    </div>
  )
}
