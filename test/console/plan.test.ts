// The page of a plan, as the command line keeps it and as others may.
import { expect, it } from 'vitest'
import { browser } from './console.ts'

const keep = (data: unknown) => ({ key: 'tripline-plan', type: 'json', data })

it('says what to do while no plan has been kept', async () => {
  expect((await browser().look('/plan')).text).toContain('tripline plan --publish')
})

it('shows the last plan: what changes, and how often its triggers would have fired', async () => {
  const { say, look } = browser()
  const change = {
    kind: 'automation',
    name: 'call the baker',
    action: 'update',
    differences: [{ path: 'trigger.threshold', from: 3, to: 1 }],
    backtests: [
      {
        trigger: 'call the baker',
        firings: { now: 14, before: 3, added: 11, removed: 0 },
        warnings: [{ path: 'trigger.within', message: 'it can never fire' }],
      },
    ],
  }
  await say('POST', '/artifacts/', keep({ changes: [], unchanged: 9 }))
  await say('POST', '/artifacts/', keep({ changes: [change], unchanged: 2 }))

  const { text } = await look('/plan')

  expect(text).toContain('would have fired 14 times in the last week, was 3.')
  expect(text).toContain('<code>3</code> → <code>1</code>')
  expect(text).toContain('trigger.within: it can never fire')
  expect(text).not.toContain('Nothing to change')
})

it('shows nothing of what is no plan, and escapes what is one', async () => {
  const { say, look } = browser()
  await say('POST', '/artifacts/', keep({ changes: 'many' }))
  expect((await look('/plan')).text).toContain('No plan has been kept')

  const name = '<img src=x onerror=alert(1)>'
  const hostile = { kind: name, name, action: 'create', differences: [] }
  await say('POST', '/artifacts/', keep({ changes: [hostile], unchanged: 0 }))
  const { text } = await look('/plan')
  expect(text).toContain('&lt;img src=x')
  expect(text).not.toContain('<img src=x')
})
