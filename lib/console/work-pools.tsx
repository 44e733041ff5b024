// Work pools: the list, and one of them with its queues, its workers and what may run at once.
import type { Worker, WorkPool, WorkQueue } from '../core/deployment.ts'
import type { Refusal } from '../core/errors.ts'
import { isOnline, withSilence } from '../core/readiness.ts'
import { Frame, Head } from './layout.tsx'
import { notHere } from './not-here.tsx'
import { saying } from './notices.ts'
import { Action, attempt, Code, Empty, Faults, Status, Time, Token } from './parts.tsx'
import type { Page, Visit } from './visit.ts'
import { readinessTone, spoken } from './words.ts'

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
      <section class="card" aria-label="Work pools">
        {pools.length === 0 ? (
          <Empty icon="pool" title="No work pools">
            <p>Served flows need none. For workers on other machines:</p>
            <Code id="pool" text="tripline work-pool create ovens --type process" />
          </Empty>
        ) : (
          <div class="table">
            <table>
              <thead>
                <tr>
                  <th>Name</th>
                  <th>Type</th>
                  <th>Status</th>
                  <th class="num wide">Limit</th>
                  <th>Workers online</th>
                </tr>
              </thead>
              <tbody>
                {pools.map((pool, i) => (
                  <tr data-row id={`q-${pool.id}`}>
                    <td>
                      <div class="title">
                        <a href={poolPath(pool)}>{pool.name}</a>
                      </div>
                      <div class="quiet">{pool.description}</div>
                    </td>
                    <td>
                      <code>{pool.type}</code>
                    </td>
                    <td>
                      <Status tone={readinessTone(pool.status)}>{spoken(pool.status)}</Status>
                    </td>
                    <td class="num wide">{pool.concurrency_limit ?? '–'}</td>
                    <td>{onlineOf(workers[i] ?? [], now)}</td>
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
        <Status tone={readinessTone(pool.status)}>{spoken(pool.status)}</Status>
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
  <section class="card" aria-labelledby="queues">
    <header>
      <h2 id="queues">Queues</h2>
      <span class="quiet">The smallest priority first</span>
    </header>
    <div class="table">
      <table>
        <thead>
          <tr>
            <th>Name</th>
            <th>Status</th>
            <th class="num">Priority</th>
            <th class="num">At once</th>
            <th class="num wide">Last polled</th>
          </tr>
        </thead>
        <tbody>
          {queues
            .toSorted((a, b) => a.priority - b.priority)
            .map((queue) => (
              <tr data-row id={`q-${queue.id}`}>
                <td>
                  <div class="title">{queue.name}</div>
                  <div class="quiet">{queue.description}</div>
                </td>
                <td>
                  <Status tone={readinessTone(queue.status)}>{spoken(queue.status)}</Status>
                </td>
                <td class="num">{queue.priority}</td>
                <td class="num">{queue.concurrency_limit ?? 'Any'}</td>
                <td class="num wide">
                  {queue.last_polled ? <Time at={queue.last_polled} now={now} /> : 'Never'}
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  </section>
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
  <section class="card" aria-labelledby="workers">
    <header>
      <h2 id="workers">Workers</h2>
      <span class="quiet">{onlineOf(workers, now)} online</span>
    </header>
    {workers.length === 0 ? (
      <div class="body">
        <Code id="worker" text={`tripline worker --pool ${quoted(pool.name)}`} />
      </div>
    ) : (
      <dl class="figures">
        {workers.map((worker) => (
          <div>
            <dt class="cut">{worker.name}</dt>
            <dd>
              <span class="quiet">
                seen <Time at={worker.last_heartbeat_time} now={now} />
              </span>{' '}
              <Status tone={isOnline(worker, now) ? 'good' : 'calm'}>
                {isOnline(worker, now) ? 'Online' : 'Offline'}
              </Status>
            </dd>
          </div>
        ))}
      </dl>
    )}
  </section>
)

const Limit = ({ visit, pool }: { visit: Visit; pool: WorkPool }) => (
  <section class="card" aria-labelledby="limit-title">
    <header>
      <h2 id="limit-title">Runs at once</h2>
    </header>
    <form class="body row" method="post" action={`${poolPath(pool)}/limit`}>
      <Token visit={visit} />
      <div class="field">
        <label for="limit">At most, in all queues</label>
        <input
          id="limit"
          name="limit"
          inputmode="numeric"
          value={String(visit.form.limit ?? pool.concurrency_limit ?? '')}
          placeholder="Any number"
        />
      </div>
      <div class="field end">
        <button type="submit" class="button">
          Save
        </button>
      </div>
    </form>
  </section>
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
