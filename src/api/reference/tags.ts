/** What the operations are grouped by: the first part of their paths, or the group it belongs to. */

const descriptions: Readonly<Record<string, string>> = {
  emails: 'Sending messages, and what became of them.',
  domains: 'The domains an account sends from, and the records they need.',
  'api-keys': 'The keys that programs show.',
  suppressions: 'Addresses that nothing is sent to.',
  logs: 'The requests that the account’s keys have made.',
  usage: 'What has been sent, and what may be.',
  links: 'What a link opens that the API has made, for whoever has it.',
}

const titles: Readonly<Record<string, string>> = { 'api-keys': 'API keys' }
/** Paths that stand together under another name. */
const groups: Readonly<Record<string, string>> = { download: 'links', shared: 'links' }

export interface Tag {
  name: string
  description: string
}

/** In the order above; what has no description yet comes last, with none. */
export function tagsOf(urls: readonly string[]): Tag[] {
  const used = new Set(urls.map(firstPart))
  const known = Object.keys(descriptions).filter((part) => used.has(part))
  return [...new Set([...known, ...used])].map((part) => ({
    name: titleOf(part),
    description: descriptions[part] ?? '',
  }))
}

export function tagOf(url: string): string {
  return titleOf(firstPart(url))
}

function firstPart(url: string): string {
  const part = url.split('/')[1] ?? ''
  return groups[part] ?? part
}

function titleOf(name: string): string {
  return titles[name] ?? `${name.charAt(0).toUpperCase()}${name.slice(1)}`
}
