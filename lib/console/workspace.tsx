// What is small in a workspace, each on one page: work pools with their workers, variables, keys.
import { keyAnswer, SCOPES } from '../core/api-key.ts'
import type { Refusal } from '../core/errors.ts'
import { JsonError, parseJson, stringifyJson } from '../core/json.ts'
import { Icon } from './icons.tsx'
import { Frame, Head } from './layout.tsx'
import { saying } from './notices.ts'
import { Action, attempt, Code, Empty, Faults, Status, Time, Token } from './parts.tsx'
import type { Page, Visit } from './visit.ts'
import { readinessTone, spoken } from './words.ts'

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
                  <th>Workers</th>
                </tr>
              </thead>
              <tbody>
                {pools.map((pool, i) => (
                  <tr data-row id={`q-${pool.id}`}>
                    <td>
                      <div class="title">{pool.name}</div>
                      <div class="quiet">{pool.description}</div>
                    </td>
                    <td>
                      <code>{pool.type}</code>
                    </td>
                    <td>
                      <Status tone={readinessTone(pool.status)}>{spoken(pool.status)}</Status>
                    </td>
                    <td class="num wide">{pool.concurrency_limit ?? '–'}</td>
                    <td>
                      {(workers[i] ?? []).length === 0 && <span class="quiet">None</span>}
                      {(workers[i] ?? []).map((worker) => (
                        <div>
                          {worker.name}{' '}
                          <span class="quiet">
                            seen <Time at={worker.last_heartbeat_time} now={now} />
                          </span>
                        </div>
                      ))}
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

export const variablesPage: Page = (visit) => showVariables(visit, null)

async function showVariables(visit: Visit, refusal: Refusal | null): Promise<Response> {
  const { c, services, workspace, now, form } = visit
  const all = (await services.variables.list(workspace)).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  )
  return c.html(
    <Frame visit={visit} title="Variables">
      <Head title="Variables" sub="Named values that templates and flows read." />
      <Faults refusal={refusal} />
      <section class="card" aria-labelledby="add">
        <header>
          <h2 id="add">New variable</h2>
        </header>
        <form class="body row" method="post" action="/variables">
          <Token visit={visit} />
          <div class="field">
            <label for="name">Name</label>
            <input id="name" name="name" value={form.name ?? ''} required pattern="[a-z0-9_-]+" />
          </div>
          <div class="field">
            <label for="value">Value: JSON, or text as it is</label>
            <input id="value" name="value" value={form.value ?? ''} class="mono" />
          </div>
          <div class="field end">
            <button type="submit" class="button main-action">
              Add
            </button>
          </div>
        </form>
      </section>
      <section class="card" aria-label="Variables">
        {all.length === 0 ? (
          <Empty icon="variable" title="No variables yet">
            <p>
              A template reads one as <code>{'{{ variables.ovens }}'}</code>.
            </p>
          </Empty>
        ) : (
          <div class="table">
            <table>
              <thead>
                <tr>
                  <th>Name</th>
                  <th>Value</th>
                  <th class="num wide">Changed</th>
                  <th>
                    <span class="hidden">Delete</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {all.map((variable) => (
                  <tr data-row id={`v-${variable.id}`}>
                    <td class="title mono">{variable.name}</td>
                    <td>
                      <code class="value">{stringifyJson(variable.value)}</code>
                    </td>
                    <td class="num wide">
                      <Time at={variable.updated} now={now} />
                    </td>
                    <td class="num">
                      <Action
                        visit={visit}
                        path="/variables/delete"
                        kind="small"
                        fields={{ id: variable.id }}
                        confirm={`Delete ${variable.name}?`}
                      >
                        Delete
                      </Action>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
    </Frame>,
    refusal ? 422 : 200,
  )
}

export const addVariable: Page = async (visit) => {
  const { name = '', value = '' } = visit.form
  const tried = await attempt(() =>
    visit.change('POST', '/variables', { name, value: valueTyped(value) }),
  )
  if ('refusal' in tried) return showVariables(visit, tried.refusal)
  return visit.c.redirect(saying('created', '/variables'), 303)
}

/** JSON where it is JSON; else the text itself. */
function valueTyped(text: string): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof JsonError) return text
    throw error
  }
}

export const deleteVariable: Page = async ({ c, change, form }) => {
  await change('DELETE', `/variables/${encodeURIComponent(form.id ?? '')}`)
  return c.redirect(saying('deleted', '/variables'), 303)
}

export const keysPage: Page = (visit) => showKeys(visit, {})

/** `text` is that of a key that was made just now: it is on this one page and nowhere else. */
async function showKeys(
  visit: Visit,
  { text, refusal }: { text?: string; refusal?: Refusal },
): Promise<Response> {
  const { c, services, workspace, now } = visit
  const all = (await services.apiKeys.list(workspace))
    .map((key) => keyAnswer(key, now))
    .toSorted((a, b) => (a.created > b.created ? -1 : 1))
  return c.html(
    <Frame visit={visit} title="Keys">
      <Head title="Keys" sub="Who may come in: programs, workers, people at this console." />
      <Faults refusal={refusal ?? null} />
      {text && (
        <section class="card" aria-labelledby="made">
          <header>
            <h2 id="made">Your new key</h2>
            <Status tone="warn">Shown this once</Status>
          </header>
          <div class="body">
            <Code id="key-text" text={text} />
          </div>
        </section>
      )}
      <section class="card" aria-labelledby="new-key">
        <header>
          <h2 id="new-key">New key</h2>
        </header>
        <form class="body row" method="post" action="/keys">
          <Token visit={visit} />
          <div class="field">
            <label for="name">Name</label>
            <input id="name" name="name" required maxlength={255} placeholder="ci, worker-1 …" />
          </div>
          <div class="field">
            <label for="scope">May</label>
            <select id="scope" name="scope">
              {SCOPES.map((scope) => (
                <option value={scope} selected={scope === 'write'}>
                  {scope}
                </option>
              ))}
            </select>
          </div>
          <div class="field end">
            <button type="submit" class="button main-action">
              <Icon name="key" />
              Make a key
            </button>
          </div>
        </form>
      </section>
      <section class="card" aria-label="Keys">
        {all.length === 0 ? (
          <Empty icon="key" title="No keys yet">
            <p>
              On this machine none is asked for. To listen on others’, begin with <code>admin</code>
              .
            </p>
          </Empty>
        ) : (
          <div class="table">
            <table>
              <thead>
                <tr>
                  <th>Name</th>
                  <th>May</th>
                  <th>Status</th>
                  <th class="wide">Ends in</th>
                  <th class="num wide">Last used</th>
                  <th>
                    <span class="hidden">Revoke</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {all.map((key) => (
                  <tr data-row id={`k-${key.id}`}>
                    <td class="title">{key.name}</td>
                    <td>{key.scopes.join(', ')}</td>
                    <td>
                      <Status tone={key.status === 'active' ? 'good' : 'calm'}>
                        {spoken(key.status)}
                      </Status>
                    </td>
                    <td class="wide">
                      <code>…{key.hint}</code>
                    </td>
                    <td class="num wide">
                      {key.last_used_at ? <Time at={key.last_used_at} now={now} /> : 'Never'}
                    </td>
                    <td class="num">
                      {key.status === 'active' && (
                        <Action
                          visit={visit}
                          path="/keys/revoke"
                          kind="small"
                          fields={{ id: key.id }}
                          confirm={`Revoke ${key.name}? Whoever uses it is refused from now on.`}
                        >
                          Revoke
                        </Action>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
    </Frame>,
    refusal ? 422 : 200,
  )
}

export const makeKey: Page = async (visit) => {
  const { name = '', scope = 'write' } = visit.form
  const tried = await attempt(() => visit.change('POST', '/keys', { name, scopes: [scope] }))
  if ('refusal' in tried) return showKeys(visit, { refusal: tried.refusal })
  return showKeys(visit, { text: (tried.done as { key: string }).key })
}

export const revokeKey: Page = async ({ c, change, form }) => {
  await change('DELETE', `/keys/${encodeURIComponent(form.id ?? '')}`)
  return c.redirect(saying('revoked', '/keys'), 303)
}
