// What is ours in actions; all else is compared with Prefect by conformance vectors.
import { describe, expect, it } from 'vitest'
import { actionSchema, templatesOf } from '../../lib/core/action-schema.ts'
import { IDEMPOTENCY_DAYS_MAX } from '../../lib/core/idempotency.ts'

const run = {
  type: 'run-deployment',
  deployment_id: '00000000-0000-4000-8000-0000000000d1',
}

describe('the idempotency key of run-deployment', () => {
  it('is a template, and stays away when it was not sent', () => {
    const keyed = { ...run, idempotency_key: '{{ event.id }}', idempotency_window: 3 }

    expect(actionSchema.parse(run)).not.toHaveProperty('idempotency_key')
    expect(actionSchema.parse(keyed)).toMatchObject(keyed)
    expect(templatesOf(actionSchema.parse(keyed))).toEqual({ idempotency_key: '{{ event.id }}' })
    expect(templatesOf(actionSchema.parse(run))).toEqual({})
  })

  it.each([
    [0, false],
    [1, true],
    [1.5, false],
    [IDEMPOTENCY_DAYS_MAX, true],
    [IDEMPOTENCY_DAYS_MAX + 1, false],
    [null, true],
  ])('may have a window of %s days: %s', (idempotency_window, isAllowed) => {
    const result = actionSchema.safeParse({ ...run, idempotency_key: 'k', idempotency_window })

    expect(result.success).toBe(isAllowed)
  })
})
