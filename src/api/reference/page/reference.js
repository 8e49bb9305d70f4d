/** What the page does beyond being read: the reader's own address, copying, one language at a time, finding, and where one is. */

const languageKey = 'postern-reference-language'
const copiedMs = 1500

sayOwnAddress()
for (const calls of document.querySelectorAll('.calls')) offerLanguages(calls)
for (const figure of document.querySelectorAll('.example')) offerCopy(figure)
chooseLanguage(rememberedLanguage())
offerSearch()
foldMenu()
markPlace()

/** The server saw http and the Host; behind a proxy the reader may have come by https or another name. */
function sayOwnAddress() {
  const said = document.body.dataset.address
  if (said === location.origin) return
  for (const code of document.querySelectorAll('pre code, .facts code')) {
    if (code.textContent.includes(said)) {
      code.textContent = code.textContent.replaceAll(said, location.origin)
    }
  }
}

function offerCopy(figure) {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'copy'
  button.textContent = 'Copy'
  button.setAttribute('aria-label', `Copy the example, ${figure.dataset.language}`)
  button.addEventListener('click', async () => {
    const code = figure.querySelector('code')
    button.textContent = (await copy(code)) ? 'Copied' : 'Press Ctrl-C'
    setTimeout(() => {
      button.textContent = 'Copy'
    }, copiedMs)
  })
  figure.append(button)
}

/** The clipboard is there on https and loopback only; elsewhere the text is selected. */
async function copy(code) {
  try {
    await navigator.clipboard.writeText(code.textContent)
    return true
  } catch {
    getSelection().selectAllChildren(code)
    return false
  }
}

function offerLanguages(calls) {
  const figures = [...calls.querySelectorAll('.example')]
  if (figures.length < 2) return
  const group = document.createElement('div')
  group.className = 'languages'
  group.setAttribute('role', 'group')
  group.setAttribute('aria-label', 'Language of the examples')
  for (const { dataset } of figures) {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = dataset.language
    button.addEventListener('click', () => {
      const top = group.getBoundingClientRect().top
      chooseLanguage(dataset.language)
      // Examples above have changed their height; what was clicked stays where it was.
      scrollBy({ top: group.getBoundingClientRect().top - top, behavior: 'instant' })
    })
    group.append(button)
  }
  calls.prepend(group)
}

function chooseLanguage(language) {
  for (const button of document.querySelectorAll('.languages button')) {
    button.setAttribute('aria-pressed', String(button.textContent === language))
  }
  for (const figure of document.querySelectorAll('.calls .example')) {
    const isAlone = figure.parentElement.querySelectorAll('.example').length === 1
    figure.hidden = !isAlone && figure.dataset.language !== language
  }
  try {
    localStorage.setItem(languageKey, language)
  } catch {
    // A browser that keeps nothing begins with curl each time.
  }
}

function rememberedLanguage() {
  try {
    return localStorage.getItem(languageKey) === 'Node' ? 'Node' : 'curl'
  } catch {
    return 'curl'
  }
}

function offerSearch() {
  const input = document.getElementById('search')
  input.closest('label').hidden = false
  input.addEventListener('input', () => {
    document.getElementById('menu').open = true
    showMatches(input.value)
  })
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      input.value = ''
      showMatches('')
    }
    if (event.key === 'Enter') document.querySelector('.links li:not([hidden]) a')?.click()
  })
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target instanceof HTMLInputElement
    if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    input.focus()
  })
}

/** An operation stays when each word of the question is in its words. */
function showMatches(question) {
  const words = question.toLowerCase().split(/\s+/).filter(Boolean)
  let matches = 0
  for (const group of document.querySelectorAll('.links')) {
    let here = 0
    for (const item of group.querySelectorAll('li')) {
      item.hidden = !words.every((word) => item.dataset.words.includes(word))
      if (!item.hidden) here++
    }
    group.hidden = here === 0
    matches += here
  }
  document.getElementById('none').hidden = matches > 0
}

/** Where the menu stands above the text it is folded until it is wanted. */
function foldMenu() {
  const menu = document.getElementById('menu')
  const narrow = matchMedia('(max-width: 820px)')
  const fold = () => {
    menu.open = !narrow.matches
  }
  fold()
  narrow.addEventListener('change', fold)
  for (const link of menu.querySelectorAll('a')) link.addEventListener('click', fold)
}

/** The link to what is read now is marked. */
function markPlace() {
  const links = new Map(
    [...document.querySelectorAll('.links li a')].map((link) => [link.hash.slice(1), link]),
  )
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue
        for (const link of links.values()) link.removeAttribute('aria-current')
        links.get(target.id)?.setAttribute('aria-current', 'true')
      }
    },
    { rootMargin: '-80px 0px -70% 0px' },
  )
  for (const operation of document.querySelectorAll('article.operation')) {
    observer.observe(operation)
  }
}
