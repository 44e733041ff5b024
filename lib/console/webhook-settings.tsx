// What a webhook's form has beside its template: which sender calls, how it proves itself, and what its calls may do.
import { PRESET_NAMES, type PresetName } from '../core/signature-presets.ts'
import { CATALOGUE, CATALOGUE_NAMES } from '../core/webhook-catalogue.ts'
import { Field } from './fields.tsx'
import { type Draft, KEPT } from './webhook-draft.ts'
import { spoken } from './words.ts'

const SENDERS: Readonly<Record<string, string>> = {
  github: 'GitHub',
  gitlab: 'GitLab',
  pagerduty: 'PagerDuty',
  sns: 'Amazon SNS',
  cloudevents: 'CloudEvents',
  'azure-event-grid': 'Azure Event Grid',
  'api-key': 'API key',
  basic: 'Basic password',
  bearer: 'Bearer token',
  'standard-webhooks': 'Standard Webhooks',
  'standard-webhooks-ed25519': 'Standard Webhooks, Ed25519',
}

/** What a sender or a way to sign is called. */
export const senderName = (name: PresetName | string): string => SENDERS[name] ?? spoken(name)

/** Senders whose settings are known: each is a link to the form filled in for it. */
export const Catalogue = ({ chosen }: { chosen: string | null }) => (
  <nav class="pick" aria-label="Who will call">
    <a href="/webhooks/new" {...(chosen === null && { 'aria-current': 'true' })}>
      Anything
    </a>
    {CATALOGUE_NAMES.map((name) => (
      <a
        href={`/webhooks/new?preset=${name}`}
        title={CATALOGUE[name]?.title}
        {...(chosen === name && { 'aria-current': 'true' })}
      >
        {senderName(name)}
      </a>
    ))}
  </nav>
)

/** What its owner does on the other side. */
export const Setup = ({ name }: { name: string }) => {
  const preset = CATALOGUE[name]
  if (!preset) return null
  return (
    <p class="notice">
      <span>
        <strong>{preset.title}.</strong> {preset.setup}
      </span>
    </p>
  )
}

export const Signature = ({ draft, isNew }: { draft: Draft; isNew: boolean }) => (
  <div class="row">
    <Field id="signature" label="Calls prove themselves by">
      <select id="signature" name="signature">
        <option value="" selected={draft.signature === ''}>
          Nothing: whoever has the URL
        </option>
        {PRESET_NAMES.map((name) => (
          <option value={name} selected={draft.signature === name}>
            {senderName(name)}
          </option>
        ))}
        {draft.signature === KEPT && (
          <option value={KEPT} selected>
            As it is
          </option>
        )}
      </select>
    </Field>
    <Field id="secret" label="Secret" hint="Sealed, and never shown again.">
      <input
        id="secret"
        name="secret"
        type="password"
        autocomplete="new-password"
        placeholder={isNew ? 'What the sender signs with' : 'Left empty, it stays as it is'}
      />
    </Field>
  </div>
)

export const Rules = ({ draft }: { draft: Draft }) => (
  <details class="card">
    <summary>
      <h2>Rules for calls</h2>
      <span class="quiet">Names allowed, rate limit, repeated deliveries</span>
    </summary>
    <div class="body form">
      <div class="row">
        <Text
          of="allowed_events"
          draft={draft}
          label="Events allowed"
          hint="Names or patterns as github.*, with commas; without any, all are."
        />
        <Text
          of="allowed_resource_prefixes"
          draft={draft}
          label="Resources allowed"
          hint="What their ids begin with; without any, all are."
        />
      </div>
      <div class="row">
        <Text
          of="rate_per_second"
          draft={draft}
          label="Calls a second"
          hint="More are answered 429."
          mode="decimal"
        />
        <Text
          of="rate_burst"
          draft={draft}
          label="Calls at once"
          hint="Before the rate counts."
          mode="numeric"
        />
      </div>
      <div class="row">
        <Text
          of="dedup_key"
          draft={draft}
          label="What names a delivery"
          hint="A template as {{ body.id }}; none: as the sender does."
        />
        <Text
          of="dedup_days"
          draft={draft}
          label="Days it is remembered"
          hint="None: as long as events are kept."
          mode="numeric"
        />
      </div>
      <Check of="tell_received" draft={draft}>
        Tell of good calls by an event of their own, with the request
      </Check>
      <Check of="keep_failed" draft={draft}>
        Keep calls whose signature is wrong, too
      </Check>
      <input type="hidden" name="handshake" value={draft.handshake} />
    </div>
  </details>
)

interface TextProps {
  of: keyof Draft
  draft: Draft
  label: string
  hint: string
  mode?: 'decimal' | 'numeric'
}

const Text = ({ of, draft, label, hint, mode }: TextProps) => (
  <Field id={of} label={label} hint={hint}>
    <input id={of} name={of} value={draft[of]} {...(mode && { inputmode: mode })} />
  </Field>
)

const Check = ({ of, draft, children }: { of: keyof Draft; draft: Draft; children: string }) => (
  <label class="field check">
    <input type="checkbox" name={of} value="true" checked={draft[of] !== ''} />
    {children}
  </label>
)
