/** The two views that judge a message: the checks of its content, and DKIM, SPF and DMARC. */

export function checksView({ findings, links }) {
  return [
    element('p', 'quiet', 'Read from the message alone: no link is opened, nothing is fetched.'),
    findings.length === 0
      ? element('p', 'all-well', 'Nothing to mend was found.')
      : list('findings', findings.map(findingItem)),
    element('h2', '', links.length === 1 ? '1 link' : `${links.length} links`),
    ...(links.length === 0 ? [] : [list('checked-links', links.map(linkItem))]),
  ]
}

function findingItem({ level, text }) {
  const item = document.createElement('li')
  const word = level === 'warning' ? 'Warning' : 'Notice'
  item.append(badge(level === 'warning' ? 'doubtful' : 'plain', word), element('p', '', text))
  return item
}

function linkItem({ url, host, text, problems }) {
  const item = document.createElement('li')
  const address = element('p', 'link-address', '')
  if (host === null) address.textContent = url || '(empty)'
  else address.append(anchor(url, host))
  item.append(element('p', 'link-text', text || '(no text)'), address)
  for (const problem of problems) item.append(element('p', 'problem', problem))
  return item
}

/** The host in bold, since it is what decides where one ends. */
function anchor(url, host) {
  const link = document.createElement('a')
  link.href = url
  link.target = '_blank'
  link.rel = 'noopener noreferrer'
  const at = url.toLowerCase().indexOf(host)
  if (at < 0) {
    link.textContent = url
  } else {
    const end = at + host.length
    link.append(url.slice(0, at), element('b', '', url.slice(at, end)), url.slice(end))
  }
  return link
}

export function verdictsView({ dkim, spf, dmarc }) {
  const signatures =
    dkim.length === 0
      ? [verdict('DKIM', { result: 'none', summary: 'not signed', reason: unsignedReason })]
      : dkim.map((signature) => verdict('DKIM', signature, signatureFacts(signature)))
  const policy = dmarc.policy_domain === null ? [] : policyFacts(dmarc)
  const spfWords = { ...spf, summary: 'not evaluated' }
  return [
    element('p', 'quiet', 'As a receiver would judge it. DNS is asked when this view is opened.'),
    list('verdicts', [...signatures, verdict('SPF', spfWords), verdict('DMARC', dmarc, policy)]),
  ]
}

const unsignedReason = 'The message carries no DKIM-Signature.'

function signatureFacts(signature) {
  return [
    ['Domain', signature.domain],
    ['Key record', signature.record_name],
    ['Key from', { dns: 'DNS', instance: 'this instance' }[signature.key_source] ?? 'nowhere'],
    ['Algorithm', signature.algorithm],
    [
      'Body hash',
      { true: 'fits', false: 'does not fit' }[signature.body_matches] ?? 'not compared',
    ],
    ['Aligned with From', { true: 'yes', false: 'no' }[signature.is_aligned] ?? 'not compared'],
  ]
}

function policyFacts({ policy_domain: domain, policy }) {
  return [
    ['Policy', policy],
    ['Found at', `_dmarc.${domain}`],
  ]
}

function verdict(name, { result, summary, reason }, facts = []) {
  const item = document.createElement('li')
  const kind = { pass: 'good', fail: 'bad', policy: 'bad', not_evaluated: 'plain', none: 'plain' }
  const title = element('h2', '', name)
  title.append(badge(kind[result] ?? 'doubtful', summary))
  item.append(title, element('p', '', reason))
  if (facts.length > 0) {
    const details = document.createElement('dl')
    for (const [term, value] of facts) {
      const row = document.createElement('div')
      row.append(element('dt', '', term), element('dd', '', value))
      details.append(row)
    }
    item.append(details)
  }
  return item
}

function badge(kind, word) {
  return element('span', `badge badge-${kind}`, word)
}

function list(className, items) {
  const whole = element('ul', className, '')
  whole.append(...items)
  return whole
}

function element(name, className, text) {
  const made = document.createElement(name)
  made.className = className
  made.textContent = text
  return made
}
