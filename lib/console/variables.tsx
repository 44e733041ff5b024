// Variables: made, edited and deleted on one page.
import type { Refusal } from '../core/errors.ts'
import { JsonError, parseJson, stringifyJson } from '../core/json.ts'
import { Frame, Head } from './layout.tsx'
import { saying } from './notices.ts'
import { Action, attempt, Empty, Faults, Time, Token } from './parts.tsx'
import type { Page, Visit } from './visit.ts'

export const variablesPage: Page = (visit) => showVariables(visit, null)

async function showVariables(visit: Visit, refusal: Refusal | null): Promise<Response> {
  const { c, services, workspace, now, form, url } = visit
  const all = (await services.variables.list(workspace)).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  )
  const asked = form.id ?? url.searchParams.get('edit')
  const edited = all.find(({ id }) => id === asked) ?? null
  return c.html(
    <Frame visit={visit} title="Variables">
      <Head title="Variables" sub="Named values that templates and flows read." />
      <Faults refusal={refusal} />
      <section class="card" aria-labelledby="add">
        <header>
          <h2 id="add">{edited ? `Edit ${edited.name}` : 'New variable'}</h2>
          {edited && (
            <a class="link" href="/variables">
              Cancel
            </a>
          )}
        </header>
        <form class="body row" method="post" action="/variables">
          <Token visit={visit} />
          {edited && <input type="hidden" name="id" value={edited.id} />}
          <div class="field">
            <label for="name">Name</label>
            <input
              id="name"
              name="name"
              value={form.name ?? edited?.name ?? ''}
              required
              pattern="[a-z0-9_-]+"
              title="Small letters, digits, _ and -"
            />
          </div>
          <div class="field">
            <label for="value">Value: JSON, or text as it is</label>
            <input
              id="value"
              name="value"
              value={form.value ?? (edited ? stringifyJson(edited.value) : '')}
              class="mono"
            />
          </div>
          <div class="field end">
            <button type="submit" class="button main-action">
              {edited ? 'Save' : 'Add'}
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
                    <span class="hidden">Edit or delete</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {all.map((variable) => (
                  <tr data-row id={`v-${variable.id}`}>
                    <td class="title mono">
                      <a href={`/variables?edit=${variable.id}`}>{variable.name}</a>
                    </td>
                    <td>
                      <code class="value">{stringifyJson(variable.value)}</code>
                    </td>
                    <td class="num wide">
                      <Time at={variable.updated} now={now} />
                    </td>
                    <td class="num">
                      <div class="actions end">
                        <a
                          class="button small"
                          href={`/variables?edit=${variable.id}`}
                          aria-label={`Edit ${variable.name}`}
                        >
                          Edit
                        </a>
                        <Action
                          visit={visit}
                          path="/variables/delete"
                          kind="small"
                          fields={{ id: variable.id }}
                          confirm={`Delete ${variable.name}?`}
                        >
                          Delete
                        </Action>
                      </div>
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

/** A new one, or one that was edited. */
export const saveVariable: Page = async (visit) => {
  const { change, form, c } = visit
  const body = { name: form.name ?? '', value: valueTyped(form.value ?? '') }
  const tried = await attempt(() =>
    form.id
      ? change('PATCH', `/variables/${encodeURIComponent(form.id)}`, body)
      : change('POST', '/variables', body),
  )
  if ('refusal' in tried) return showVariables(visit, tried.refusal)
  return c.redirect(saying(form.id ? 'saved' : 'created', '/variables'), 303)
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
