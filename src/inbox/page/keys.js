/** The keyboard: j and k, Enter, Escape, and / for the search. */

export function followKeys({ list, query, onClear }) {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (document.querySelector('dialog[open]')) return
    if (event.target === query) leaveQuery(event, { list, query, onClear })
    else if (event.key === '/') enterQuery(event, query)
    else if (event.key === 'Escape') goBack(list)
    else move(event, list)
  })
}

function enterQuery(event, query) {
  event.preventDefault()
  query.focus()
  query.select()
}

/** Escape empties the search first; Enter and the arrow go to what was found. */
function leaveQuery(event, { list, query, onClear }) {
  if (event.key === 'Escape') {
    event.preventDefault()
    if (query.value === '') query.blur()
    query.value = ''
    onClear()
  } else if (event.key === 'Enter' || event.key === 'ArrowDown') {
    const first = list.first()
    if (first !== undefined) {
      event.preventDefault()
      list.focus(first)
    }
  }
}

function goBack(list) {
  if (location.hash.length <= 2) return
  const id = list.openId
  location.hash = '#/'
  list.focus(id)
}

function move(event, list) {
  const isInList = event.target === document.body || event.target.closest('.list') !== null
  const arrows = isInList ? { ArrowDown: 1, ArrowUp: -1 } : {}
  const step = { j: 1, k: -1, ...arrows }[event.key]
  if (step === undefined) return
  const id = list.neighbour(step)
  if (id === undefined) return
  event.preventDefault()
  list.focus(id)
  // Beside an open message the next one is shown at once; history keeps one step for all of them.
  if (list.openId !== null) location.replace(`#/${id}`)
}
