// Blocks over HTTP, as Prefect's client and Terraform speak of them.
import { describe, expect, it } from 'vitest'
import { BLOCK_TYPES } from '../../lib/core/block.ts'
import { announce, publish } from '../../lib/entries.ts'
import { batchOf, type Fakes } from '../fakes.ts'
import { apiClient, NOTHING } from './client.ts'

const SECRET_URL = 'https://hooks.example.com/T0/very-secret'

type Client = ReturnType<typeof apiClient>

/** A document of a type, under the schema that is there from the start. */
async function block({ say }: Client, slug: string, name: string, data: object) {
  const type = (await say('GET', `/block_types/slug/${slug}`)).body
  const schemas = await say('POST', '/block_schemas/filter', {
    block_schemas: { block_type_id: { any_: [type.id] } },
  })
  return say('POST', '/block_documents/', {
    name,
    data,
    block_type_id: type.id,
    block_schema_id: schemas.body[0].id,
  })
}

const stored = async ({ tables }: Fakes): Promise<string> => {
  const partition = '00000000-0000-0000-0000-000000000000#block-document'
  return JSON.stringify((await tables.objects.query({ partition })).items)
}

describe('a block document', () => {
  it('shows its secrets to those who ask for them, and to the table never', async () => {
    const client = apiClient()
    const data = { url: SECRET_URL, method: 'PUT', headers: { 'x-key': 'k3y', a: 'b' } }

    const made = await block(client, 'webhook', 'bell', data)

    const hidden = {
      url: '********',
      method: 'PUT',
      headers: { 'x-key': '********', a: '********' },
    }
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'bell', data: hidden, block_type_name: 'Webhook', is_anonymous: false },
    })
    const path = `/block_documents/${made.body.id}`
    expect((await client.say('GET', path)).body).toEqual(made.body)
    expect((await client.say('GET', `${path}?include_secrets=true`)).body.data).toEqual(data)
    const byName = '/block_types/slug/webhook/block_documents/name/bell'
    expect((await client.say('GET', `${byName}?include_secrets=true`)).body.data).toEqual(data)
    const all = { include_secrets: true }
    expect((await client.say('POST', '/block_documents/filter', all)).body[0].data).toEqual(data)
    const item = await stored(client.here)
    expect(item).not.toContain('very-secret')
    expect(item).not.toContain('k3y')
  })

  it('is told of without its secrets', async () => {
    const client = apiClient()
    const made = await block(client, 'custom-webhook', 'bell', {
      name: 'n',
      url: 'https://example.com/',
      secrets: {},
      json_data: { text: '{{body}}' },
    })

    await announce(client.here.services)(batchOf(client.here.take('objects')))
    await publish(client.here.services)(batchOf(client.here.take('events')))

    const type = BLOCK_TYPES['custom-webhook']
    expect(client.here.published).toMatchObject([
      {
        event: 'prefect.block-document.created',
        resource: {
          'prefect.resource.id': `prefect.block-document.${made.body.id}`,
          'prefect.resource.name': 'bell',
        },
        related: [
          {
            'prefect.resource.id': `prefect.block-type.${type.id}`,
            'prefect.resource.role': 'block-type',
            'prefect.resource.name': 'Custom Webhook',
          },
          { 'prefect.resource.role': 'block-schema' },
        ],
        payload: {
          name: 'bell',
          data: { name: 'n', url: 'https://example.com/', secrets: '********' },
          block_schema: {
            capabilities: ['notify'],
            block_type: { id: type.id, name: 'Custom Webhook' },
          },
        },
      },
    ])
  })

  it('keeps a secret whose hidden form is sent back', async () => {
    const client = apiClient()
    const { body } = await block(client, 'webhook', 'bell', {
      url: SECRET_URL,
      headers: { a: 'b' },
    })
    const path = `/block_documents/${body.id}`

    const changed = await client.say('PATCH', path, {
      data: { url: '********', headers: { a: '********', c: 'd' }, method: 'PUT' },
    })

    expect(changed.status).toBe(204)
    expect((await client.say('GET', `${path}?include_secrets=true`)).body.data).toEqual({
      url: SECRET_URL,
      headers: { a: 'b', c: 'd' },
      method: 'PUT',
    })
  })

  it('loses what is not sent only when it is not merged', async () => {
    const client = apiClient()
    const { body } = await block(client, 'webhook', 'bell', { url: SECRET_URL, method: 'PUT' })
    const path = `/block_documents/${body.id}`
    const read = async () => (await client.say('GET', `${path}?include_secrets=true`)).body.data

    await client.say('PATCH', path, { data: { method: 'GET' } })
    expect(await read()).toEqual({ url: SECRET_URL, method: 'GET' })

    await client.say('PATCH', path, {
      data: { url: 'https://b.example/' },
      merge_existing_data: false,
    })
    expect(await read()).toEqual({ url: 'https://b.example/' })
  })

  it('has a name that is its own within its type', async () => {
    const client = apiClient()
    await block(client, 'webhook', 'bell', { url: SECRET_URL })

    expect(await block(client, 'webhook', 'bell', {})).toEqual({
      status: 409,
      body: { detail: 'Block already exists' },
    })
    expect((await block(client, 'slack-webhook', 'bell', {})).status).toBe(201)
    expect((await block(client, 'webhook', 'a/b', {})).status).toBe(422)
    expect((await client.say('POST', '/block_documents/count', {})).body).toBe(2)
    const bySlug = { block_types: { slug: { any_: ['webhook'] } } }
    expect((await client.say('POST', '/block_documents/count', bySlug)).body).toBe(1)
  })

  it('is gone when it is deleted', async () => {
    const client = apiClient()
    const { body } = await block(client, 'webhook', 'bell', { url: SECRET_URL })

    expect((await client.say('DELETE', `/block_documents/${body.id}`)).status).toBe(204)
    expect((await client.say('GET', `/block_documents/${body.id}`)).status).toBe(404)
    expect((await client.say('DELETE', `/block_documents/${body.id}`)).status).toBe(404)
    expect((await client.say('PATCH', `/block_documents/${NOTHING}`, { data: {} })).status).toBe(
      404,
    )
  })
})

describe('a block schema', () => {
  /** As a client registers its own: found by its checksum, which is Prefect's. */
  it('is registered once, and found by the checksum that the client computes', async () => {
    const { say } = apiClient()
    const type = (await say('GET', '/block_types/slug/webhook')).body
    const schema = {
      fields: {
        title: 'Bäcker',
        type: 'object',
        properties: { b: { default: 10, enum: ['x', null, true] }, a: { type: 'string' } },
        secret_fields: ['a'],
      },
      block_type_id: type.id,
      capabilities: [],
      version: '3.8.8',
    }
    const checksum = 'sha256:4d3ccd06ee73b5000c4c9ebbb6219c1a421ba796e212a54a6cf065fd0424ecf3'

    const first = await say('POST', '/block_schemas/', schema)
    const second = await say('POST', '/block_schemas/', schema)

    expect([first.status, second.status]).toEqual([201, 200])
    expect(second.body).toEqual(first.body)
    expect(first.body.checksum).toBe(checksum)
    const found = await say('GET', `/block_schemas/checksum/${checksum}?version=3.8.8`)
    expect(found.body.id).toBe(first.body.id)
    expect((await say('GET', `/block_schemas/checksum/${checksum}?version=3.8.9`)).status).toBe(404)
    expect((await say('GET', `/block_schemas/${first.body.id}`)).body.block_type.slug).toBe(
      'webhook',
    )
  })

  it('that is built in stays', async () => {
    const { say } = apiClient()
    const [schema] = (await say('POST', '/block_schemas/filter', {})).body

    expect((await say('DELETE', `/block_schemas/${schema.id}`)).status).toBe(403)
    expect((await say('GET', '/block_types/slug/mystery')).status).toBe(404)
  })
})

describe('a block type that a client registers', () => {
  const vault = { name: 'Vault', slug: 'vault', description: 'Where flour is kept.' }

  it('is found, listed beside ours, and described anew', async () => {
    const { say } = apiClient()
    const { status, body: made } = await say('POST', '/block_types/', vault)
    expect([status, made.is_protected, made.logo_url]).toEqual([201, false, null])
    expect((await say('POST', '/block_types/', vault)).status).toBe(409)

    await say('PATCH', `/block_types/${made.id}`, { logo_url: 'https://example.com/vault.png' })
    const { body: found } = await say('GET', '/block_types/slug/vault')
    expect(found).toMatchObject({ ...vault, logo_url: 'https://example.com/vault.png' })

    const { body: listed } = await say('POST', '/block_types/filter', {})
    const slugs = listed.map(({ slug }: { slug: string }) => slug)
    expect(slugs).toEqual(expect.arrayContaining(['vault', 'webhook']))
  })

  it('has documents, which go with it', async () => {
    const { say } = apiClient()
    const { body: type } = await say('POST', '/block_types/', vault)
    const fields = { title: 'Vault', type: 'object', secret_fields: ['code'] }
    const { body: schema } = await say('POST', '/block_schemas/', {
      fields,
      block_type_id: type.id,
    })
    const { status, body: document } = await say('POST', '/block_documents/', {
      name: 'cellar',
      data: { code: '1234' },
      block_type_id: type.id,
      block_schema_id: schema.id,
    })
    expect([status, document.block_type_name, schema.block_type.slug]).toEqual([
      201,
      'Vault',
      'vault',
    ])
    const asked = { block_types: { slug: { any_: ['vault'] } } }
    expect((await say('POST', '/block_documents/count', asked)).body).toBe(1)

    expect((await say('DELETE', `/block_types/${type.id}`)).status).toBe(204)
    expect((await say('GET', `/block_documents/${document.id}`)).status).toBe(404)
  })

  it('cannot be one of ours', async () => {
    const { say } = apiClient()
    const { body: webhook } = await say('GET', '/block_types/slug/webhook')

    expect((await say('POST', '/block_types/', { name: 'Webhook', slug: 'webhook' })).status).toBe(
      409,
    )
    expect((await say('DELETE', `/block_types/${webhook.id}`)).status).toBe(403)
  })
})
