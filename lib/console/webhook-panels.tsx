// Parts of a webhook's page: its secrets and their rotation, capturing, settings.

import { formatInstant } from '../core/time.ts'
import { liveSecrets, type Webhook } from '../core/webhook-definition.ts'
import { Card, Fact, Figure } from './cards.tsx'
import { Field } from './fields.tsx'
import { Action, Time, Token } from './parts.tsx'
import type { Visit } from './visit.ts'
import { signatureName } from './webhooks.tsx'

interface PanelProps {
  visit: Visit
  webhook: Webhook
}

/** Good calls are kept while it is on, to be tried in the form and saved as fixtures. */
export const Capture = ({ visit, webhook }: PanelProps) => {
  const isOn = (webhook.capture_until ?? '') > formatInstant(visit.now)
  const path = `/webhooks/${webhook.id}/capture`
  return (
    <Action visit={visit} path={path} fields={{ on: isOn ? '' : 'true' }}>
      {isOn ? 'Stop capturing' : 'Capture calls'}
    </Action>
  )
}

/** For how long the secrets before a new one stay good. */
const OVERLAPS = [
  ['86400', 'a day'],
  ['3600', 'an hour'],
  ['604800', 'a week'],
  ['0', 'no longer'],
] as const

/** Which secrets are good, and a new one that takes their place in time. */
export const Secrets = ({ visit, webhook }: PanelProps) => {
  const { signature, id } = webhook
  if (!signature) return null
  const live = liveSecrets(signature, formatInstant(visit.now))
  return (
    <Card id="secrets" title="Secrets" hint="Any of them is good">
      <dl class="figures">
        {live.map((secret) => (
          <Figure
            name={
              <>
                <code>…{secret.id.slice(-6)}</code>{' '}
                <span class="quiet">
                  {secret.expires ? 'ends ' : 'made '}
                  <Time at={secret.expires ?? secret.created} now={visit.now} />
                </span>
              </>
            }
          >
            <Action
              visit={visit}
              path={`/webhooks/${id}/secrets/${secret.id}/delete`}
              kind="small"
              confirm="Take this secret away? Calls signed with it are refused from now on."
            >
              Remove
            </Action>
          </Figure>
        ))}
      </dl>
      <form class="body form" method="post" action={`/webhooks/${id}/secrets`}>
        <Token visit={visit} />
        <Field id="new_secret" label="Another secret">
          <input
            id="new_secret"
            name="secret"
            type="password"
            autocomplete="new-password"
            placeholder="Left empty, one is made"
          />
        </Field>
        <Field id="overlap" label="Those before it stay good for">
          <select id="overlap" name="overlap">
            {OVERLAPS.map(([seconds, name]) => (
              <option value={seconds}>{name}</option>
            ))}
          </select>
        </Field>
        <div class="actions">
          <button type="submit" class="button">
            Rotate
          </button>
        </div>
      </form>
    </Card>
  )
}

export const Settings = ({ visit, webhook }: PanelProps) => (
  <Card id="settings" title="Settings">
    <div class="body stack">
      <dl class="facts">
        <Fact name="Signature">{signatureName(webhook)}</Fact>
        <Fact name="Rate limit">
          {webhook.rate_limit
            ? `${webhook.rate_limit.per_second} a second, ${webhook.rate_limit.burst} at once`
            : 'None'}
        </Fact>
        <Fact name="Events allowed">{webhook.allowed_events.join(', ') || 'Any'}</Fact>
        <Fact name="Resources allowed">
          {webhook.allowed_resource_prefixes.join(', ') || 'Any'}
        </Fact>
        <Fact name="Created">
          <Time at={webhook.created} now={visit.now} as="full" />
        </Fact>
        <Fact name="Id">
          <code>{webhook.id}</code>
        </Fact>
      </dl>
      <Action
        visit={visit}
        path={`/webhooks/${webhook.id}/delete`}
        kind="danger"
        confirm={`Delete ${webhook.name}? Its URL is gone for good.`}
      >
        Delete webhook
      </Action>
    </div>
  </Card>
)
