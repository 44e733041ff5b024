// Parts of a webhook's page: its secrets and their rotation, capturing, settings.

import { formatInstant } from '../core/time.ts'
import { liveSecrets, type Webhook } from '../core/webhook-definition.ts'
import { Action, Code, Status, Time, Token } from './parts.tsx'
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

/** A secret that was made just now. */
export const NewSecret = ({ text }: { text: string }) => (
  <section class="card" aria-labelledby="new-secret">
    <header>
      <h2 id="new-secret">The new secret</h2>
      <Status tone="warn">Shown this once</Status>
    </header>
    <div class="body">
      <Code id="secret-text" text={text} />
    </div>
  </section>
)

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
    <section class="card" aria-labelledby="secrets">
      <header>
        <h2 id="secrets">Secrets</h2>
        <span class="quiet">Any of them is good</span>
      </header>
      <dl class="figures">
        {live.map((secret) => (
          <div>
            <dt>
              <code>…{secret.id.slice(-6)}</code>{' '}
              <span class="quiet">
                {secret.expires ? 'ends ' : 'made '}
                <Time at={secret.expires ?? secret.created} now={visit.now} />
              </span>
            </dt>
            <dd>
              <Action
                visit={visit}
                path={`/webhooks/${id}/secrets/${secret.id}/delete`}
                kind="small"
                confirm="Take this secret away? Calls signed with it are refused from now on."
              >
                Remove
              </Action>
            </dd>
          </div>
        ))}
      </dl>
      <form class="body form" method="post" action={`/webhooks/${id}/secrets`}>
        <Token visit={visit} />
        <div class="field">
          <label for="new_secret">Another secret</label>
          <input
            id="new_secret"
            name="secret"
            type="password"
            autocomplete="new-password"
            placeholder="Left empty, one is made"
          />
        </div>
        <div class="field">
          <label for="overlap">Those before it stay good for</label>
          <select id="overlap" name="overlap">
            {OVERLAPS.map(([seconds, name]) => (
              <option value={seconds}>{name}</option>
            ))}
          </select>
        </div>
        <div class="actions">
          <button type="submit" class="button">
            Rotate
          </button>
        </div>
      </form>
    </section>
  )
}

export const Settings = ({ visit, webhook }: PanelProps) => (
  <section class="card" aria-labelledby="settings">
    <header>
      <h2 id="settings">Settings</h2>
    </header>
    <div class="body stack">
      <dl class="facts">
        <dt>Signature</dt>
        <dd>{signatureName(webhook)}</dd>
        <dt>Rate limit</dt>
        <dd>
          {webhook.rate_limit
            ? `${webhook.rate_limit.per_second} a second, ${webhook.rate_limit.burst} at once`
            : 'None'}
        </dd>
        <dt>Events allowed</dt>
        <dd>{webhook.allowed_events.join(', ') || 'Any'}</dd>
        <dt>Resources allowed</dt>
        <dd>{webhook.allowed_resource_prefixes.join(', ') || 'Any'}</dd>
        <dt>Created</dt>
        <dd>
          <Time at={webhook.created} now={visit.now} as="full" />
        </dd>
        <dt>Id</dt>
        <dd>
          <code>{webhook.id}</code>
        </dd>
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
  </section>
)
