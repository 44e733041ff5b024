// Work pools: the list, and one of them with its queues, its workers and what may run at once.
import type { Worker, WorkPool, WorkQueue } from '../core/deployment.ts'
import type { Refusal } from '../core/errors.ts'
import { isOnline, withSilence } from '../core/readiness.ts'
import { Card, Figure } from './cards.tsx'
import { Field } from './fields.tsx'
import { Frame, Head } from './layout.tsx'
import { Named, Table, TableCard } from './lists.tsx'
import { notHere } from './not-here.tsx'
import { saying } from './notices.ts'
import {
  Action,
  attempt,
  Code,
  Empty,
  Faults,
  Readiness,
  Status,
  Time,
  TimeOrNever,
  Token,
} from './parts.tsx'
import type { Page, Visit } from './visit.ts'

const poolPath = ({ name }: Pick<WorkPool, 'name'>): string =>
  `/work-pools/${encodeURIComponent(name)}`

const onlineOf = (workers: Worker[], now: number): string => {
  const online = workers.filter((worker) => isOnline(worker, now)).length
  return workers.length === 0 ? 'None' : `${online} of ${workers.length}`
}

export const workPoolsPage: Page = async (visit) => {
  const { c, services, workspace, now } = visit
  const pools = await services.workPools.list(workspace)
  const workers = await Promise.all(
    pools.map(({ name }) => services.workPools.workers(workspace, name)),
  )
  return c.html(
    <Frame visit={visit} title="Work pools">
      <Head title="Work pools" sub="Where runs wait for a worker." />
      <TableCard
        label="Work pools"
        rows={pools}
        prefix="q"
        empty={
          <Empty icon="pool" title="No work pools">
            <p>Served flows need none. For workers on other machines:</p>
            <Code id="pool" text="tripline work-pool create ovens --type process" />
          </Empty>
        }
        columns={[
          {
            head: 'Name',
            cell: (pool) => (
              <Named path={poolPath(pool)} name={pool.name}>
                {pool.description}
              </Named>
            ),
          },
          { head: 'Type', cell: ({ type }) => <code>{type}</code> },
          { head: 'Status', cell: ({ status }) => <Readiness status={status} /> },
          { head: 'Limit', kind: 'num wide', cell: (pool) => pool.concurrency_limit ?? '–' },
          { head: 'Workers online', cell: (_, i) => onlineOf(workers[i] ?? [], now) },
        ]}
      />
    </Frame>,
  )
}

export const workPoolPage: Page = (visit) => showPool(visit, null)

async function showPool(visit: Visit, refusal: Refusal | null): Promise<Response> {
  const { c, services, workspace, now } = visit
  const found = await services.workPools.get(workspace, c.req.param('pool') ?? '')
  if (!found) return notHere(visit, 'work pool')
  const pool = found.value
  const [queues, workers] = await Promise.all([
    services.workPools.queues(workspace, pool.name),
    services.workPools.workers(workspace, pool.name),
  ])
  return c.html(
    <Frame visit={visit} title={pool.name}>
      <Head
        title={pool.name}
        sub={pool.description || `Type ${pool.type}`}
        from={{ path: '/work-pools', name: 'Work pools' }}
      >
        <Readiness status={pool.status} />
        <Action
          visit={visit}
          path={`${poolPath(pool)}/pause`}
          fields={{ paused: String(!pool.is_paused) }}
        >
          {pool.is_paused ? 'Resume' : 'Pause'}
        </Action>
      </Head>
      <Faults refusal={refusal} />
      <div class="columns">
        <Queues queues={queues.map(({ value }) => withSilence(value, now))} now={now} />
        <div class="stack">
          <Workers workers={workers} pool={pool} now={now} />
          <Limit visit={visit} pool={pool} />
        </div>
      </div>
    </Frame>,
    refusal ? 422 : 200,
  )
}

const Queues = ({ queues, now }: { queues: WorkQueue[]; now: number }) => (
  <Card id="queues" title="Queues" hint="The smallest priority first">
    <Table
      rows={queues.toSorted((a, b) => a.priority - b.priority)}
      prefix="q"
      columns={[
        { head: 'Name', cell: ({ name, description }) => <Named name={name}>{description}</Named> },
        { head: 'Status', cell: ({ status }) => <Readiness status={status} /> },
        { head: 'Priority', kind: 'num', cell: ({ priority }) => priority },
        { head: 'At once', kind: 'num', cell: (queue) => queue.concurrency_limit ?? 'Any' },
        {
          head: 'Last polled',
          kind: 'num wide',
          cell: (queue) => <TimeOrNever at={queue.last_polled} now={now} />,
        },
      ]}
    />
  </Card>
)

/** As a shell takes it for one word, whatever is in it. */
const quoted = (text: string): string =>
  /^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`

interface WorkersProps {
  workers: Worker[]
  pool: WorkPool
  now: number
}

const Workers = ({ workers, pool, now }: WorkersProps) => (
  <Card id="workers" title="Workers" hint={`${onlineOf(workers, now)} online`}>
    {workers.length === 0 ? (
      <div class="body">
        <Code id="worker" text={`tripline worker --pool ${quoted(pool.name)}`} />
      </div>
    ) : (
      <dl class="figures">
        {workers.map((worker) => (
          <Figure name={worker.name}>
            <span class="quiet">
              seen <Time at={worker.last_heartbeat_time} now={now} />
            </span>{' '}
            <Status tone={isOnline(worker, now) ? 'good' : 'calm'}>
              {isOnline(worker, now) ? 'Online' : 'Offline'}
            </Status>
          </Figure>
        ))}
      </dl>
    )}
  </Card>
)

const Limit = ({ visit, pool }: { visit: Visit; pool: WorkPool }) => (
  <Card id="limit-title" title="Runs at once">
    <form class="body row" method="post" action={`${poolPath(pool)}/limit`}>
      <Token visit={visit} />
      <Field id="limit" label="At most, in all queues">
        <input
          id="limit"
          name="limit"
          inputmode="numeric"
          value={String(visit.form.limit ?? pool.concurrency_limit ?? '')}
          placeholder="Any number"
        />
      </Field>
      <div class="field end">
        <button type="submit" class="button">
          Save
        </button>
      </div>
    </form>
  </Card>
)

const pathOf = ({ c }: Visit): string =>
  `/work_pools/${encodeURIComponent(c.req.param('pool') ?? '')}`

export const pausePool: Page = async (visit) => {
  const isPaused = visit.form.paused === 'true'
  await visit.change('PATCH', pathOf(visit), { is_paused: isPaused })
  const path = poolPath({ name: visit.c.req.param('pool') ?? '' })
  return visit.c.redirect(saying(isPaused ? 'paused' : 'resumed', path), 303)
}

export const limitPool: Page = async (visit) => {
  const limit = (visit.form.limit ?? '').trim()
  const body = { concurrency_limit: limit === '' ? null : limit }
  const tried = await attempt(() => visit.change('PATCH', pathOf(visit), body))
  if ('refusal' in tried) return showPool(visit, tried.refusal)
  return visit.c.redirect(saying('saved', poolPath({ name: visit.c.req.param('pool') ?? '' })), 303)
}
