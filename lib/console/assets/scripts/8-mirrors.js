// A form beside its JSON: fields write into the text, and the text, once it is JSON again, into the fields.
;(() => {
  const { one, all } = globalThis.tripline
  for (const form of all('form[data-mirror]')) {
    const text = one(form.dataset.mirror, form)
    const fault = one(`${form.dataset.mirror}-fault`, form)
    const fields = all('[data-at]', form)
    /** Actions as they were before another was chosen, by type: whoever chooses back has lost nothing. */
    const chosen = new Map()
    const pathOf = (field) =>
      field.dataset.at.split(/(?<!\\)\./).map((key) => key.replaceAll('\\.', '.'))
    const read = () => {
      try {
        const value = JSON.parse(text.value)
        fault.textContent = ''
        return value
      } catch (error) {
        fault.textContent = `No JSON yet: ${error.message}`
        return null
      }
    }
    const valueAt = (value, path) => path.reduce((part, key) => part?.[key], value)
    function toFields() {
      const value = read()
      if (value === null) return
      for (const field of fields) {
        if (field === document.activeElement) continue
        const found = valueAt(value, pathOf(field))
        const shown = Array.isArray(found) ? found.join(', ') : (found ?? '')
        field.value = typeof shown === 'object' ? '' : String(shown)
      }
      for (const part of all('[data-when]', form)) {
        const [at, wanted] = part.dataset.when.split('=')
        part.hidden = valueAt(value, at.split('.')) !== wanted
      }
    }
    function toText(field) {
      const value = read()
      if (value === null) return
      const was = value.actions?.[0]
      if (was) chosen.set(was.type, { ...was })
      const path = pathOf(field)
      const last = path.pop()
      let at = value
      for (const [i, key] of path.entries()) {
        at[key] ??= /^\d+$/.test(path[i + 1] ?? last) ? [] : {}
        at = at[key]
      }
      const typed = field.value
      const { kind } = field.dataset
      if (kind === 'list') {
        at[last] = typed
          .split(',')
          .map((one) => one.trim())
          .filter((one) => one !== '')
      } else if (kind === 'number') at[last] = Number(typed) || 0
      else if (typed === '') delete at[last]
      else at[last] = typed
      if (field.dataset.at === 'actions.0.type') {
        value.actions[0] =
          chosen.get(typed) ??
          (typed === 'run-deployment'
            ? {
                type: typed,
                source: 'selected',
                deployment_id: one('#deployment option:nth-child(2)', form)?.value ?? '',
                schedule_after: 0,
              }
            : { type: typed })
      }
      text.value = JSON.stringify(value, null, 2)
      text.dispatchEvent(new CustomEvent('input', { bubbles: true, detail: 'mirrored' }))
      toFields()
    }
    for (const field of fields) field.addEventListener('input', () => toText(field))
    text.addEventListener('input', ({ detail }) => detail === 'mirrored' || toFields())
    toFields()
  }
})()
