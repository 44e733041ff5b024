// Deployments: the list, and one of them with its runs and what it is run with.
import { Icon } from './icons.tsx'
import { Json } from './json.tsx'
import { Frame, Head } from './layout.tsx'
import { notHere } from './not-here.tsx'
import { saying } from './notices.ts'
import { Action, Code, Empty, Status, Switch, Time } from './parts.tsx'
import { namesOf, RunTable } from './runs.tsx'
import type { Page } from './visit.ts'
import { readinessTone, spoken } from './words.ts'

/** Runs on a deployment's page. */
const RUNS_MAX = 20

export const deploymentsPage: Page = async (visit) => {
  const { c, services, workspace, now, url } = visit
  const all = (await services.deployments.list(workspace)).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  )
  const names = await namesOf(visit)
  return c.html(
    <Frame visit={visit} title="Deployments">
      <Head
        title="Deployments"
        sub="Flows that can be run from here, each with its own parameters."
      />
      <section class="card" aria-label="Deployments">
        {all.length === 0 ? (
          <Empty icon="deployment" title="No deployments yet">
            <p>Serving a flow makes a deployment of it and runs whatever is asked for:</p>
            <Code
              id="serve"
              text={`export PREFECT_API_URL=${url.origin}/api\ntripline serve flows.ts`}
            />
          </Empty>
        ) : (
          <div class="table">
            <table>
              <thead>
                <tr>
                  <th>Name</th>
                  <th>Status</th>
                  <th class="wide">Work pool</th>
                  <th class="wide">Schedules</th>
                  <th class="num">Changed</th>
                  <th>Active</th>
                </tr>
              </thead>
              <tbody>
                {all.map((deployment) => (
                  <tr data-row id={`p-${deployment.id}`}>
                    <td>
                      <div class="title">
                        <a href={`/deployments/${deployment.id}`}>{deployment.name}</a>
                      </div>
                      <div class="quiet">{names.get(deployment.flow_id)}</div>
                    </td>
                    <td>
                      <Status tone={readinessTone(deployment.status)}>
                        {spoken(deployment.status)}
                      </Status>
                    </td>
                    <td class="wide">{deployment.work_pool_name ?? '–'}</td>
                    <td class="wide num">{deployment.schedules.length || '–'}</td>
                    <td class="num">
                      <Time at={deployment.updated} now={now} />
                    </td>
                    <td>
                      <Switch
                        visit={visit}
                        path={`/deployments/${deployment.id}/enable`}
                        isOn={!deployment.paused}
                        label={`${deployment.name} active`}
                      />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
    </Frame>,
  )
}

export const deploymentPage: Page = async (visit) => {
  const { c, services, workspace, now } = visit
  const id = c.req.param('id') ?? ''
  const found = await services.deployments.get(workspace, id)
  if (!found) return notHere(visit, 'deployment')
  const deployment = found.value
  const names = await namesOf(visit)
  const runs = (await services.runs.list(workspace, { owners: [id] }))
    .toSorted((a, b) => (a.created > b.created ? -1 : 1))
    .slice(0, RUNS_MAX)
  return c.html(
    <Frame visit={visit} title={deployment.name}>
      <Head
        title={deployment.name}
        sub={deployment.description || names.get(deployment.flow_id)}
        from={{ path: '/deployments', name: 'Deployments' }}
      >
        <Status tone={readinessTone(deployment.status)}>{spoken(deployment.status)}</Status>
        <Action visit={visit} path={`/deployments/${id}/run`} kind="main-action">
          <Icon name="run" />
          Run
        </Action>
      </Head>
      <div class="columns">
        <section class="card" aria-labelledby="runs">
          <header>
            <h2 id="runs">Runs</h2>
          </header>
          {runs.length === 0 ? (
            <Empty icon="run" title="It has not run yet">
              <p>Run it now, or let an automation do it.</p>
            </Empty>
          ) : (
            <RunTable runs={runs} names={names} now={now} />
          )}
        </section>
        <div class="stack">
          <section class="card" aria-labelledby="about">
            <header>
              <h2 id="about">About</h2>
            </header>
            <div class="body">
              <dl class="facts">
                <dt>Flow</dt>
                <dd>{names.get(deployment.flow_id)}</dd>
                <dt>Entrypoint</dt>
                <dd>
                  <code>{deployment.entrypoint ?? '–'}</code>
                </dd>
                <dt>Work pool</dt>
                <dd>{deployment.work_pool_name ?? 'None: whoever serves it takes its runs'}</dd>
                {deployment.last_polled && (
                  <>
                    <dt>Last asked for</dt>
                    <dd>
                      <Time at={deployment.last_polled} now={now} />
                    </dd>
                  </>
                )}
                <dt>Id</dt>
                <dd>
                  <code>{deployment.id}</code>
                </dd>
              </dl>
            </div>
          </section>
          <section class="card" aria-labelledby="parameters">
            <header>
              <h2 id="parameters">Parameters</h2>
            </header>
            <Json id="parameters-json" value={deployment.parameters} />
          </section>
        </div>
      </div>
    </Frame>,
  )
}

export const runDeployment: Page = async ({ c, change }) => {
  const path = `/deployments/${c.req.param('id')}/create_flow_run`
  const run = await change('POST', path, { state: { type: 'SCHEDULED' } })
  return c.redirect(saying('started', `/runs/${(run as { id: string }).id}`), 303)
}

export const enableDeployment: Page = async (visit) => {
  const { c, change, form } = visit
  const [id, isOn] = [c.req.param('id') ?? '', form.enabled === 'true']
  await change('POST', `/deployments/${id}/${isOn ? 'resume' : 'pause'}_deployment`)
  if (c.req.header('hx-request') === undefined) return c.redirect('/deployments', 303)
  return c.html(
    <Switch
      visit={visit}
      path={`/deployments/${id}/enable`}
      isOn={isOn}
      label="Deployment active"
    />,
  )
}
