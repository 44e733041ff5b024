// Senders that webhooks are commonly made for, as data: how each proves itself, what its deliveries become, and which names and
// resources those may have. `webhook create --preset` sends these settings as if its user had written them; nothing is tied to the
// preset afterwards, so a catalogue that changes changes no webhook. test/webhooks has a recorded delivery of each.
import type { HandshakeName } from './handshake.ts'
import type { PresetName } from './signature-presets.ts'

/** What a webhook for one sender is set to, and what its owner has to do there. */
export interface CataloguePreset {
  title: string
  /** The signature's preset; null: the sender has none, and the URL is the secret. */
  signature: PresetName | null
  /** Who chooses the secret. The sender: it has to be brought here. Either: we can make one. */
  secretFrom: 'sender' | 'either'
  handshake?: HandshakeName
  /** What its owner does on the other side. */
  setup: string
  template: string
  /** The webhook's `allowed_events`. */
  events: string[]
  /** The webhook's `allowed_resource_prefixes`; none: the sender names its resources itself. */
  resources: string[]
}

/** Lines of a template as one text. */
const lines = (...parts: string[]): string => parts.join('\n')

/** By the name that `--preset` takes. */
export const CATALOGUE: Readonly<Record<string, CataloguePreset>> = {
  github: {
    title: 'GitHub: repositories, organizations and apps',
    signature: 'github',
    secretFrom: 'either',
    setup: 'Settings > Webhooks > Add webhook; content type application/json.',
    template: lines(
      "{% set about = body.repository.full_name or body.organization.login or body.sender.login or 'unknown' %}",
      '{',
      `  "event": "github.{{ headers['x-github-event'] }}{{ '.' ~ body.action if body.action }}",`,
      '  "resource": {',
      '    "prefect.resource.id": "github.{{ about }}",',
      '    "prefect.resource.name": "{{ about }}",',
      '    "github.ref": "{{ body.ref or \'\' }}"',
      '  },',
      '  "related": [{',
      `    "prefect.resource.id": "github.user.{{ body.sender.login or 'unknown' }}",`,
      '    "prefect.resource.role": "sender"',
      '  }],',
      '  "payload": {{ body|tojson }}',
      '}',
    ),
    events: ['github.*'],
    resources: ['github.'],
  },
  gitlab: {
    title: 'GitLab: projects and groups',
    signature: 'gitlab',
    secretFrom: 'either',
    setup: 'Settings > Webhooks > Add new webhook; the secret is its "Secret token".',
    template: lines(
      "{% set about = body.project.path_with_namespace or body.group_path or 'unknown' %}",
      '{',
      `  "event": "gitlab.{{ body.object_kind or body.event_name }}{{ '.' ~ body.object_attributes.action if body.object_attributes.action }}",`,
      '  "resource": {"prefect.resource.id": "gitlab.{{ about }}", "prefect.resource.name": "{{ about }}"},',
      '  "payload": {{ body|tojson }}',
      '}',
    ),
    events: ['gitlab.*'],
    resources: ['gitlab.'],
  },
  stripe: {
    title: 'Stripe: events of an account',
    signature: 'stripe',
    secretFrom: 'sender',
    setup: 'Developers > Webhooks > Add endpoint; the secret is its "Signing secret", whsec_….',
    template: lines(
      '{',
      '  "event": "stripe.{{ body.type }}",',
      '  "resource": {',
      '    "prefect.resource.id": "stripe.{{ body.data.object.object }}.{{ body.data.object.id or body.id }}",',
      '    "stripe.livemode": "{{ \'true\' if body.livemode else \'false\' }}"',
      '  },',
      '  "payload": {{ body|tojson }}',
      '}',
    ),
    events: ['stripe.*'],
    resources: ['stripe.'],
  },
  slack: {
    title: 'Slack: the Events API and slash commands',
    signature: 'slack',
    secretFrom: 'sender',
    setup:
      'Your app > Basic Information: the secret is the "Signing Secret"; then Event Subscriptions > Request URL.',
    template: lines(
      '{',
      `  "event": "slack.{{ body.event.type or ('command' if body.command else body.type) }}",`,
      '  "resource": {',
      `    "prefect.resource.id": "slack.{{ body.team_id or 'unknown' }}.{{ body.event.channel or body.channel_id or body.event.user or body.user_id or 'team' }}"`,
      '  },',
      '  "payload": {{ body|tojson }}',
      '}',
    ),
    events: ['slack.*'],
    resources: ['slack.'],
  },
  shopify: {
    title: 'Shopify: orders, products and what else a shop has',
    signature: 'shopify',
    secretFrom: 'sender',
    setup: 'Settings > Notifications > Webhooks; the secret stands below the list.',
    template: lines(
      '{',
      `  "event": "shopify.{{ headers['x-shopify-topic']|replace('/', '.') }}",`,
      '  "resource": {',
      `    "prefect.resource.id": "shopify.{{ headers['x-shopify-shop-domain'] }}.{{ body.id }}",`,
      `    "shopify.shop": "{{ headers['x-shopify-shop-domain'] }}"`,
      '  },',
      '  "payload": {{ body|tojson }}',
      '}',
    ),
    events: ['shopify.*'],
    resources: ['shopify.'],
  },
  pagerduty: {
    title: 'PagerDuty: v3 webhooks of incidents and services',
    signature: 'pagerduty',
    secretFrom: 'sender',
    setup: 'Integrations > Generic Webhooks (v3) > New Webhook; the secret is shown once, there.',
    template: lines(
      '{',
      '  "event": "pagerduty.{{ body.event.event_type }}",',
      '  "resource": {',
      '    "prefect.resource.id": "pagerduty.{{ body.event.resource_type }}.{{ body.event.data.id }}",',
      '    "prefect.resource.name": "{{ body.event.data.title or body.event.data.id }}"',
      '  },',
      '  "payload": {{ body.event|tojson }}',
      '}',
    ),
    events: ['pagerduty.*'],
    resources: ['pagerduty.'],
  },
  'standard-webhooks': {
    title: 'Any sender that follows Standard Webhooks, Svix among them',
    signature: 'standard-webhooks',
    secretFrom: 'sender',
    setup: 'Add the URL as an endpoint; the secret is the one it shows, whsec_….',
    template: lines(
      '{',
      '  "event": "webhook.{{ body.type }}",',
      '  "resource": {"prefect.resource.id": "webhook.{{ body.data.id or webhook.name }}"},',
      '  "payload": {{ body|tojson }}',
      '}',
    ),
    events: ['webhook.*'],
    resources: ['webhook.'],
  },
  cloudevents: {
    title: 'CloudEvents over HTTP: binary, structured or batch',
    signature: null,
    secretFrom: 'either',
    handshake: 'cloudevents',
    setup: 'Subscribe the URL at the source; it answers the handshake of CloudEvents.',
    template: '{{ body|from_cloud_event(headers) }}',
    events: [],
    resources: [],
  },
  'azure-event-grid': {
    title: 'Azure Event Grid, in its own schema',
    signature: null,
    secretFrom: 'either',
    handshake: 'azure-event-grid',
    setup: 'Event Subscription > Endpoint type Web Hook; event schema: Event Grid Schema.',
    template: lines(
      '[{% for one in body %}{',
      '  "id": {{ one.id|string|tojson }},',
      '  "event": "azure.{{ one.eventType }}",',
      '  "resource": {"prefect.resource.id": "azure.{{ one.subject }}"},',
      '  "payload": {{ one|tojson }}',
      "}{{ ',' if not loop.last }}{% endfor %}]",
    ),
    events: ['azure.*'],
    resources: ['azure.'],
  },
  sns: {
    title: 'Amazon SNS: notifications of a topic',
    signature: 'sns',
    secretFrom: 'sender',
    setup:
      "The secret is the topic's ARN. Create subscription > Protocol HTTPS, without raw message delivery; it is confirmed by itself.",
    template: lines(
      '{',
      '  "event": "sns.notification",',
      '  "resource": {"prefect.resource.id": "sns.{{ body.TopicArn }}"},',
      '  "payload": {{ body|tojson }}',
      '}',
    ),
    events: ['sns.*'],
    resources: ['sns.'],
  },
  alertmanager: {
    title: 'Prometheus Alertmanager and Grafana alerts: one event for each alert',
    signature: 'bearer',
    secretFrom: 'either',
    setup:
      'A receiver with webhook_configs: url, and http_config.authorization.credentials for the secret.',
    template: lines(
      '[{% for alert in body.alerts %}{',
      '  "event": "alert.{{ alert.status }}",',
      '  "resource": {',
      '    "prefect.resource.id": "alert.{{ alert.fingerprint }}",',
      '    "prefect.resource.name": "{{ alert.labels.alertname or \'alert\' }}"',
      '  },',
      '  "payload": {{ alert|tojson }}',
      "}{{ ',' if not loop.last }}{% endfor %}]",
    ),
    events: ['alert.*'],
    resources: ['alert.'],
  },
}

export const CATALOGUE_NAMES = Object.keys(CATALOGUE)

/** What `POST /webhooks` is told of a preset; `secret` where there is one already. */
export function presetSettings(preset: CataloguePreset, secret?: string) {
  const { signature, handshake, template, events, resources } = preset
  return {
    template,
    ...(signature && { signature: { preset: signature, ...(secret !== undefined && { secret }) } }),
    ...(handshake && { handshake }),
    ...(events.length > 0 && { allowed_events: events }),
    ...(resources.length > 0 && { allowed_resource_prefixes: resources }),
  }
}
