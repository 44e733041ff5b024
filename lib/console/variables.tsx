// Variables: made, edited and deleted on one page.
import type { Refusal } from '../core/errors.ts'
import { JsonError, parseJson, stringifyJson } from '../core/json.ts'
import { Card } from './cards.tsx'
import { Field } from './fields.tsx'
import { Frame, Head } from './layout.tsx'
import { TableCard, Unseen } from './lists.tsx'
import { saying } from './notices.ts'
import { Action, attempt, Empty, Faults, Time, Token } from './parts.tsx'
import type { Page, Visit } from './visit.ts'
import { byName } from './words.ts'

export const variablesPage: Page = (visit) => showVariables(visit, null)

async function showVariables(visit: Visit, refusal: Refusal | null): Promise<Response> {
  const { c, services, workspace, now, form, url } = visit
  const all = (await services.variables.list(workspace)).toSorted(byName)
  const asked = form.id ?? url.searchParams.get('edit')
  const edited = all.find(({ id }) => id === asked) ?? null
  return c.html(
    <Frame visit={visit} title="Variables">
      <Head title="Variables" sub="Named values that templates and flows read." />
      <Faults refusal={refusal} />
      <Card
        id="add"
        title={edited ? `Edit ${edited.name}` : 'New variable'}
        aside={
          edited && (
            <a class="link" href="/variables">
              Cancel
            </a>
          )
        }
      >
        <form class="body row" method="post" action="/variables">
          <Token visit={visit} />
          {edited && <input type="hidden" name="id" value={edited.id} />}
          <Field id="name" label="Name">
            <input
              id="name"
              name="name"
              value={form.name ?? edited?.name ?? ''}
              required
              pattern="[a-z0-9_-]+"
              title="Small letters, digits, _ and -"
            />
          </Field>
          <Field id="value" label="Value: JSON, or text as it is">
            <input
              id="value"
              name="value"
              value={form.value ?? (edited ? stringifyJson(edited.value) : '')}
              class="mono"
            />
          </Field>
          <div class="field end">
            <button type="submit" class="button main-action">
              {edited ? 'Save' : 'Add'}
            </button>
          </div>
        </form>
      </Card>
      <TableCard
        label="Variables"
        rows={all}
        prefix="v"
        empty={
          <Empty icon="variable" title="No variables yet">
            <p>
              A template reads one as <code>{'{{ variables.ovens }}'}</code>.
            </p>
          </Empty>
        }
        columns={[
          {
            head: 'Name',
            cell: ({ id, name }) => (
              <div class="title mono">
                <a href={`/variables?edit=${id}`}>{name}</a>
              </div>
            ),
          },
          { head: 'Value', cell: ({ value }) => <code class="value">{stringifyJson(value)}</code> },
          {
            head: 'Changed',
            kind: 'num wide',
            cell: ({ updated }) => <Time at={updated} now={now} />,
          },
          {
            head: <Unseen>Edit or delete</Unseen>,
            kind: 'num',
            cell: ({ id, name }) => (
              <div class="actions end">
                <a class="button small" href={`/variables?edit=${id}`} aria-label={`Edit ${name}`}>
                  Edit
                </a>
                <Action
                  visit={visit}
                  path="/variables/delete"
                  kind="small"
                  fields={{ id }}
                  confirm={`Delete ${name}?`}
                >
                  Delete
                </Action>
              </div>
            ),
          },
        ]}
      />
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
