// Keys: made, rotated and revoked on one page. A key's text is shown once, in the answer that makes it.
import { type ApiKey, keyAnswer, SCOPES, type Scope } from '../core/api-key.ts'
import type { Refusal } from '../core/errors.ts'
import { Card, ShownOnce } from './cards.tsx'
import { Field } from './fields.tsx'
import { Icon } from './icons.tsx'
import { Frame, Head } from './layout.tsx'
import { Named, TableCard, Unseen } from './lists.tsx'
import { saying } from './notices.ts'
import { Action, attempt, Empty, Faults, Status, TimeOrNever, Token } from './parts.tsx'
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
      {text && <ShownOnce id="key" title={what} text={text} />}
      <Card id="new-key" title="New key">
        <form class="body row" method="post" action="/keys">
          <Token visit={visit} />
          <Field id="name" label="Name">
            <input id="name" name="name" required maxlength={255} placeholder="ci, worker-1 …" />
          </Field>
          <Field id="scope" label="May">
            <select id="scope" name="scope">
              {SCOPES.map((scope) => (
                <option value={scope} selected={scope === 'write'}>
                  {`${scope}: ${MEANINGS[scope]}`}
                </option>
              ))}
            </select>
          </Field>
          <div class="field end">
            <button type="submit" class="button main-action">
              <Icon name="key" />
              Make a key
            </button>
          </div>
        </form>
      </Card>
      <TableCard
        label="Keys"
        rows={all}
        prefix="k"
        empty={
          <Empty icon="key" title="No keys yet">
            <p>
              On this machine none is asked for. To listen on others’, begin with <code>admin</code>
              .
            </p>
          </Empty>
        }
        columns={[
          { head: 'Name', cell: ({ name }) => <Named name={name} /> },
          {
            head: 'May',
            cell: ({ scopes }) =>
              scopes.map((scope) => (
                <span class="tag" title={MEANINGS[scope]}>
                  {scope}
                </span>
              )),
          },
          {
            head: 'Status',
            cell: ({ status }) => (
              <Status tone={status === 'active' ? 'good' : 'calm'}>{spoken(status)}</Status>
            ),
          },
          { head: 'Ends in', kind: 'wide', cell: ({ hint }) => <code>…{hint}</code> },
          {
            head: 'Last used',
            kind: 'num wide',
            cell: (key) => <TimeOrNever at={key.last_used_at} now={now} />,
          },
          {
            head: <Unseen>Rotate or revoke</Unseen>,
            kind: 'num',
            cell: (key) => key.status === 'active' && <KeyActions visit={visit} of={key} />,
          },
        ]}
      />
    </Frame>,
    refusal ? 422 : 200,
  )
}

const KeyActions = ({
  visit,
  of: { id, name },
}: {
  visit: Visit
  of: Pick<ApiKey, 'id' | 'name'>
}) => (
  <div class="actions end">
    <Action
      visit={visit}
      path="/keys/rotate"
      kind="small"
      fields={{ id }}
      confirm={`Give ${name} a new text? The old one is taken for a day longer.`}
    >
      Rotate
    </Action>
    <Action
      visit={visit}
      path="/keys/revoke"
      kind="small"
      fields={{ id }}
      confirm={`Revoke ${name}? Whoever uses it is refused from now on.`}
    >
      Revoke
    </Action>
  </div>
)

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
