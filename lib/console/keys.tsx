// Keys: made, rotated and revoked on one page. A key's text is shown once, in the answer that makes it.
import { keyAnswer, SCOPES, type Scope } from '../core/api-key.ts'
import type { Refusal } from '../core/errors.ts'
import { Icon } from './icons.tsx'
import { Frame, Head } from './layout.tsx'
import { saying } from './notices.ts'
import { Action, attempt, Code, Empty, Faults, Status, Time, Token } from './parts.tsx'
import type { Page, Visit } from './visit.ts'
import { spoken } from './words.ts'

const MEANINGS: Readonly<Record<Scope, string>> = {
  ingest: 'sends events, reads nothing',
  read: 'looks at everything',
  write: 'reads and changes, as workers do',
  admin: 'makes keys and workspaces',
}

export const keysPage: Page = (visit) => showKeys(visit, {})

interface Shown {
  /** That of a key that was made or rotated just now: it is on this one page and nowhere else. */
  text?: string
  what?: string
  refusal?: Refusal
}

async function showKeys(
  visit: Visit,
  { text, what = 'Your new key', refusal }: Shown,
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
            <h2 id="made">{what}</h2>
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
                  {`${scope}: ${MEANINGS[scope]}`}
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
                    <span class="hidden">Rotate or revoke</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {all.map((key) => (
                  <tr data-row id={`k-${key.id}`}>
                    <td class="title">{key.name}</td>
                    <td>
                      {key.scopes.map((scope) => (
                        <span class="tag" title={MEANINGS[scope]}>
                          {scope}
                        </span>
                      ))}
                    </td>
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
                        <div class="actions end">
                          <Action
                            visit={visit}
                            path="/keys/rotate"
                            kind="small"
                            fields={{ id: key.id }}
                            confirm={`Give ${key.name} a new text? The old one is taken for a day longer.`}
                          >
                            Rotate
                          </Action>
                          <Action
                            visit={visit}
                            path="/keys/revoke"
                            kind="small"
                            fields={{ id: key.id }}
                            confirm={`Revoke ${key.name}? Whoever uses it is refused from now on.`}
                          >
                            Revoke
                          </Action>
                        </div>
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

/** The old text is good for a day more: time to bring the new one to where the key is used. */
export const rotateKey: Page = async (visit) => {
  const path = `/keys/${encodeURIComponent(visit.form.id ?? '')}/rotate`
  const tried = await attempt(() => visit.change('POST', path))
  if ('refusal' in tried) return showKeys(visit, { refusal: tried.refusal })
  const { key, name } = tried.done as { key: string; name: string }
  return showKeys(visit, { text: key, what: `The new text of ${name}` })
}

export const revokeKey: Page = async ({ c, change, form }) => {
  await change('DELETE', `/keys/${encodeURIComponent(form.id ?? '')}`)
  return c.redirect(saying('revoked', '/keys'), 303)
}
