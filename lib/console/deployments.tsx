// Deployments: the list, and one of them with its runs and what it is run with.
import type { Deployment } from '../core/deployment.ts'
import { Card, Fact } from './cards.tsx'
import { Icon } from './icons.tsx'
import { Json } from './json.tsx'
import { Frame, Head } from './layout.tsx'
import { Named, TableCard } from './lists.tsx'
import { notHere } from './not-here.tsx'
import { saying } from './notices.ts'
import { Action, Empty, Readiness, ServeCode, Switch, Time } from './parts.tsx'
import { namesOf, RunTable } from './runs.tsx'
import type { Page, Visit } from './visit.ts'
import { byName } from './words.ts'

/** Runs on a deployment's page. */
const RUNS_MAX = 20

export const deploymentsPage: Page = async (visit) => {
  const { c, services, workspace, now } = visit
  const all = (await services.deployments.list(workspace)).toSorted(byName)
  const names = await namesOf(visit)
  return c.html(
    <Frame visit={visit} title="Deployments">
      <Head
        title="Deployments"
        sub="Flows that can be run from here, each with its own parameters."
      />
      <TableCard
        label="Deployments"
        rows={all}
        prefix="p"
        empty={
          <Empty icon="deployment" title="No deployments yet">
            <p>Serving a flow makes a deployment of it and runs whatever is asked for:</p>
            <ServeCode visit={visit} />
          </Empty>
        }
        columns={[
          {
            head: 'Name',
            cell: ({ id, name, flow_id }) => (
              <Named path={`/deployments/${id}`} name={name}>
                {names.get(flow_id)}
              </Named>
            ),
          },
          { head: 'Status', cell: ({ status }) => <Readiness status={status} /> },
          { head: 'Work pool', kind: 'wide', cell: (one) => one.work_pool_name ?? '–' },
          { head: 'Schedules', kind: 'num wide', cell: (one) => one.schedules.length || '–' },
          { head: 'Changed', kind: 'num', cell: ({ updated }) => <Time at={updated} now={now} /> },
          {
            head: 'Active',
            cell: (deployment) => <ActiveSwitch visit={visit} deployment={deployment} />,
          },
        ]}
      />
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
        <Readiness status={deployment.status} />
        <Action visit={visit} path={`/deployments/${id}/run`} kind="main-action">
          <Icon name="run" />
          Run
        </Action>
      </Head>
      <div class="columns">
        <Card id="runs" title="Runs">
          {runs.length === 0 ? (
            <Empty icon="run" title="It has not run yet">
              <p>Run it now, or let an automation do it.</p>
            </Empty>
          ) : (
            <RunTable runs={runs} names={names} now={now} />
          )}
        </Card>
        <div class="stack">
          <Card id="about" title="About">
            <div class="body">
              <dl class="facts">
                <Fact name="Flow">{names.get(deployment.flow_id)}</Fact>
                <Fact name="Entrypoint">
                  <code>{deployment.entrypoint ?? '–'}</code>
                </Fact>
                <Fact name="Work pool">
                  {deployment.work_pool_name ?? 'None: whoever serves it takes its runs'}
                </Fact>
                {deployment.last_polled && (
                  <Fact name="Last asked for">
                    <Time at={deployment.last_polled} now={now} />
                  </Fact>
                )}
                <Fact name="Id">
                  <code>{deployment.id}</code>
                </Fact>
              </dl>
            </div>
          </Card>
          <Card id="parameters" title="Parameters">
            <Json id="parameters-json" value={deployment.parameters} />
          </Card>
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

/** Whether its schedules hold. */
const ActiveSwitch = ({ visit, deployment }: { visit: Visit; deployment: Deployment }) => (
  <Switch
    visit={visit}
    path={`/deployments/${deployment.id}/enable`}
    isOn={!deployment.paused}
    label={`${deployment.name} active`}
  />
)

export const enableDeployment: Page = async (visit) => {
  const { c, change, form, services, workspace } = visit
  const id = c.req.param('id') ?? ''
  await change(
    'POST',
    `/deployments/${id}/${form.enabled === 'true' ? 'resume' : 'pause'}_deployment`,
  )
  if (c.req.header('hx-request') === undefined) return c.redirect('/deployments', 303)
  const found = await services.deployments.get(workspace, id)
  if (!found) return notHere(visit, 'deployment')
  return c.html(<ActiveSwitch visit={visit} deployment={found.value} />)
}
